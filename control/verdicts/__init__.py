"""What people say of a sample's QC, beside what the machine said: ``service.db`` keeps it."""
