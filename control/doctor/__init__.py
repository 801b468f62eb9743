"""``plumbline doctor``: looks at what runs and the service need, and says what is to be done."""
