"""Everything that talks to Google. Knows nothing of the MIS.

`door.Door` is the only way out; `credentials.load_credentials` says who we are.
"""
