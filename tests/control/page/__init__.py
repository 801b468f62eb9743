"""Tests in a browser: a package, so that all of them share one."""
