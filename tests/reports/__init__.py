"""Public reports of trainings that failed, each rebuilt small with its known resolution, and sound trainings beside.

They were collected and written before anybody looked at whether the probe knows them. A report's address is where it
and its resolution can be read; without one, only what is described there is taken.
"""
