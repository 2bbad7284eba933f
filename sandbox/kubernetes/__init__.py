"""An embedded Kubernetes API that answers as a real one does, for everything that Plumb relies on.

`server.KubernetesServer` is the door; `python -m sandbox.kubernetes` runs it as a process. Everything that a real server
does and this one does not imitate is answered 501 with its name.
"""
