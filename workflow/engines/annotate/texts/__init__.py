"""The ten canned texts: what a report says of a variant and of the sample, each with its sources.

Every sentence names what it rests on: ``EID…``, ``AID…`` and the like for statements,
``NAME@DATE`` for a source as a whole, ``calls`` for the input, ``run`` for how it was asked.
"""
