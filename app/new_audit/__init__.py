"""From a source to an audit that runs: what may be read, what it holds, how it is trained."""
