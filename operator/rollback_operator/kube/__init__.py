"""The one gateway to the API server: objects in and out as domain values.

Every write is safe to send twice: patches test what they were decided on, Events have names that
are derived from what they say. So a lost reply is simply tried again.
"""
