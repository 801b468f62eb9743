"""Jobs that come over Kafka, for programs of the BioGPU streaming service (docs/kafka.md).

An extra of its own: it is a client of the service like any other, knows only its API, and
nothing else imports it.
"""
