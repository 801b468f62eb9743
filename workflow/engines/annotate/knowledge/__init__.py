"""What is known of variants: sources read by their adapters, compiled once, loaded fast."""
