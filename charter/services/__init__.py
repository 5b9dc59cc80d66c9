"""What people do, one module per aggregate. Every query and every write is here, each write in one transaction.

A service takes the session first, then who acts, then keyword arguments. It raises `Refused` where the state of things
does not allow it, `Invalid` where what was typed cannot be taken, `Stale` where somebody else was quicker. It does not
ask whether the actor may: charter/web/access.py has done that, or the command line.
"""
