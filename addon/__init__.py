"""The Workspace add-on: cards beside the sheet and the calendar, on Google's HTTP runtime.

`cards` are pure (data in, card JSON out), `handlers` ask the use cases, `verify` believes nobody before that.
"""
