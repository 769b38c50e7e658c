"""The job: what its tasks do in which order, how a run begins and ends."""
