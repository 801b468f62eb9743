"""``plumbline upload``: results to S3 or a file system, verified, never overwritten unasked."""
