"""The commands ``plumbline submit|runs|cancel|tail``: clients of the API, like any other."""
