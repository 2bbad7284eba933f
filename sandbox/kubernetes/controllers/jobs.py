"""Jobs: pods until enough have succeeded, or too many have failed. CronJobs are kept and never fire."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.controllers import acts
from sandbox.kubernetes.controllers.replicas import pod_of
from sandbox.kubernetes.store import Object

JOBS = ("batch", "jobs")
PODS = ("", "pods")
FAILURES = {
    "BackoffLimitExceeded": "Job has reached the specified backoff limit",
    "DeadlineExceeded": "Job was active longer than specified deadline",
}
INDEX = "batch.kubernetes.io/job-completion-index"


def reconcile(cluster: Cluster, namespace: str, name: str) -> float | None:
    job = cluster.store.get(JOBS, namespace, name)
    if job is None or job["metadata"].get("deletionTimestamp") or _over(job):
        return None
    spec, status = job["spec"], dict(job.get("status") or {})
    pods = acts.owned(cluster, PODS, job)
    running = [each for each in pods if acts.active(each)]
    succeeded = [each for each in pods if (each.get("status") or {}).get("phase") == "Succeeded"]
    failed = [each for each in pods if (each.get("status") or {}).get("phase") == "Failed"]
    wanted = spec.get("completions") or spec.get("parallelism", 1)
    if spec.get("suspend"):
        for each in running:
            acts.remove(cluster, each)
        _write(cluster, job, status, [], succeeded, failed, suspended=True)
        return None
    status.setdefault("startTime", cluster.clock())
    left = _time_left(spec, status)
    cause = "BackoffLimitExceeded" if len(failed) > spec.get("backoffLimit", 6) else ""
    if left is not None and left <= 0 and len(succeeded) < wanted:
        cause = "DeadlineExceeded"
    if cause:
        for each in running:
            acts.remove(cluster, each)
        _write(cluster, job, status, [], succeeded, failed, ended=cause)
    elif len(succeeded) >= wanted:
        _write(cluster, job, status, [], succeeded, failed, ended="Complete")
    else:
        missing = min(spec.get("parallelism", 1), wanted - len(succeeded)) - len(running)
        for _ in range(missing):
            running.append(_start(cluster, job, [*running, *succeeded]))
        _write(cluster, job, status, running, succeeded, failed)
        return left
    return None


def _time_left(spec: Object, status: Object) -> float | None:
    """Seconds until the Job has been active for too long; None without a deadline."""
    if spec.get("activeDeadlineSeconds") is None:
        return None
    active = datetime.now(UTC) - datetime.fromisoformat(status["startTime"])
    return float(spec["activeDeadlineSeconds"] - active.total_seconds())


def _over(job: Object) -> bool:
    rows = (job.get("status") or {}).get("conditions") or ()
    return any(each["type"] in ("Complete", "Failed") and each["status"] == "True" for each in rows)


def _start(cluster: Cluster, job: Object, taken: list[Object]) -> Object:
    pod = pod_of(job, job["spec"]["template"])
    if job["spec"].get("completionMode") == "Indexed":
        used = {(each["metadata"].get("annotations") or {}).get(INDEX) for each in taken}
        index = next(str(number) for number in range(len(taken) + 1) if str(number) not in used)
        pod["metadata"].setdefault("annotations", {})[INDEX] = index
        pod["metadata"].setdefault("labels", {})[INDEX] = index
        pod["metadata"]["generateName"] = f"{job['metadata']['name']}-{index}-"
    return acts.create(cluster, pod)


def _write(
    cluster: Cluster,
    job: Object,
    status: Object,
    running: list[Object],
    succeeded: list[Object],
    failed: list[Object],
    *,
    ended: str = "",
    suspended: bool = False,
) -> None:
    time = cluster.clock()
    rows = list(status.get("conditions") or ())
    if ended == "Complete":
        message = "Reached expected number of succeeded pods"
        for sort in ("SuccessCriteriaMet", "Complete"):
            rows = _add(rows, sort, time, "CompletionsReached", message)
        status["completionTime"] = time
    elif ended:
        for sort in ("FailureTarget", "Failed"):
            rows = _add(rows, sort, time, ended, FAILURES[ended])
    elif suspended:
        rows = _add(rows, "Suspended", time, "JobSuspended", "Job suspended")
    ready = [each for each in running if acts.pod_is(each, "Ready")]
    for key, found in (("active", running), ("succeeded", succeeded), ("failed", failed)):
        status.pop(key, None)
        if found:
            status[key] = len(found)
    status |= {"ready": len(ready), "terminating": 0, "uncountedTerminatedPods": {}}
    if rows:
        status["conditions"] = rows
    acts.set_status(cluster, job, status)


def _add(rows: list[Object], sort: str, time: str, reason: str, message: str) -> list[Object]:
    if any(each["type"] == sort and each["status"] == "True" for each in rows):
        return rows
    new = {
        "type": sort,
        "status": "True",
        "lastProbeTime": time,
        "lastTransitionTime": time,
        "reason": reason,
        "message": message,
    }
    return [*rows, new]
