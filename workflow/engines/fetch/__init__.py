"""``plumbline fetch``: the files of a run, from S3, the web or a file system, verified."""
