"""Who may do what: users, how they prove who they are, and the record of what they did.

Everything lasting is in ``service.db`` (:mod:`control.access.database`). The package knows
nothing of HTTP; :mod:`control.web.auth` brings a request to it.
"""
