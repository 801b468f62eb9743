"""`plumbline serve`: the processes of the service, their logs, and how they begin and end."""
