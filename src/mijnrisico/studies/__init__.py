"""Questions asked of the toolbox; each study reads as one sentence."""
