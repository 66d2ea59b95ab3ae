"""The bugs that the campaigns found in the operator, and what they showed that was left."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """A bug: what found it, what was wrong, and the test that would notice it now."""

    by: str
    what: str
    test: str


STALE = "tests/operations/test_stale_knowledge.py"
RECORDER = "tests/operations/test_recorder.py"
AGAIN = "tests/operations/test_applied_again.py"
RESOLVE = "tests/domain/test_resolve.py"
UNSEEN = "tests/cluster/test_rollback_unseen.py"
READER = "reading the code as one who wants to break it"
HAND_BACK = "tests/operations/test_hand_back.py"
FINDINGS = (
    Finding(
        "model, a request after a kill",
        (
            "while a watch stood still, a copy from it was tried again and again, fifty times a"
            " second, and the request never began"
        ),
        f"{STALE}::test_while_the_watch_stands_a_request_reads_for_itself",
    ),
    Finding(
        "model, releases while the operator was away",
        (
            "a request that came before the watch, right after a start, recorded the live rollout"
            " without its gap, and would have gone back past a version that nobody had seen"
        ),
        f"{STALE}::test_after_a_start_a_request_that_comes_before_the_watch_sees_the_gap",
    ),
    Finding(
        "model, a rollback after an undo that hung",
        (
            "a rollback from what an undo had rewound let the deployment controller copy the old"
            " history over the only ReplicaSet that had the latest"
        ),
        f"{STALE}::test_a_rollback_keeps_the_history_that_an_undo_took_off_the_deployment",
    ),
    Finding(
        "model, seeds 7 and 11: killed between claim and record",
        (
            "the operator that came after saw a gap where the one that made the claim had watched:"
            " a rollout had failed there and had been left again"
        ),
        f"{STALE}::test_killed_after_its_claim_the_operator_sees_no_gap_where_it_had_watched",
    ),
    Finding(
        "faults, `recording|GET pods|1|409|before`",
        (
            "a read that was answered with 409 or 422 ended the recording of a rollout until"
            " something else happened to the Deployment"
        ),
        f"{RECORDER}::test_a_read_that_has_to_be_repeated_loses_no_rollout",
    ),
    Finding(
        "faults, `recording|PATCH deployments/web/status|1|403|before`",
        (
            "a rollout that could not be recorded, because a right was not granted yet, was not"
            " recorded later either until something else happened to the Deployment"
        ),
        "tests/operations/test_second_looks.py::test_what_came_to_nothing_is_recorded_later",
    ),
    Finding(
        "reading the code for the finding above",
        (
            "what succeeded while it could not be recorded, or while the recorder decided, left no"
            " gap: a rollback from the next version would have skipped it"
        ),
        f"{RECORDER}::test_what_succeeded_while_it_was_denied_leaves_a_gap",
    ),
    Finding(
        "generated requests, seed 17",
        (
            "an Event that could not be written, as in a namespace that is being deleted, ended a"
            " step of a request with a stack trace and two seconds of rest"
        ),
        "tests/kube/test_calls.py::test_an_event_that_cannot_be_written_stops_nothing",
    ),
    Finding(
        "two replicas, of which one was stopped and woke up late",
        (
            "one time in ten the process that had lost the Lease let everything go, and then stayed"
            " alive for ever: Kopf waits without end for what it has cancelled"
        ),
        "tests/handlers/test_ending.py::test_a_task_that_does_not_end_is_left_behind",
    ),
    Finding(
        "starting it before its custom resource",
        "the operator stayed alive, unready and blind for ever: Kopf looks for resources once",
        "tests/chart/test_resource_missing.py"
        "::test_an_operator_that_is_there_first_waits_for_the_resource",
    ),
    Finding(
        "the suite, once in five runs on a busy machine",
        (
            "where a history was rewound, and the operator looked before the controller had"
            " acknowledged that write, it forgot what it had seen: the next request went back past"
            " a version that had been undone"
        ),
        f"{RECORDER}::test_a_look_that_comes_too_early_forgets_no_later_history",
    ),
    Finding(
        "reading the code for the finding above",
        "a request that came in that moment believed the rewound history",
        f"{RECORDER}::test_a_request_does_not_believe_a_rewound_history_either",
    ),
    Finding(
        "faults, `rollback|PATCH deployments/web|1|403|after`",
        (
            "a refusal that came after the claim was stored ended the request as `Forbidden`,"
            " though the Deployment had been changed"
        ),
        "tests/operations/test_roll_back.py"
        "::test_a_claim_that_is_denied_after_it_was_stored_is_followed",
    ),
    Finding(
        "model, seed 175",
        (
            "a rollback that hung was taken back by `kubectl rollout undo`, and another request"
            " rolled back: nothing knew any more that the first one had, so the same request,"
            " applied again, rolled back once more"
        ),
        f"{AGAIN}::test_a_rollback_that_was_undone_and_done_again_by_another_was_executed",
    ),
    Finding(
        "reading the code for the finding above",
        (
            "the same where the history was deleted after the undo: what was written anew was"
            " believed, and it lacked the first rollback"
        ),
        f"{AGAIN}::test_a_rollback_that_was_undone_was_executed_though_its_history_is_written_anew",
    ),
    Finding(
        "model, seed 648",
        (
            "a revision that nobody watched, and whose ReplicaSet came again later, was taken for"
            " the later one: the next rollback would have gone to what came after it"
        ),
        (
            f"{RESOLVE}::test_what_nobody_watched_is_what_was_named_though_it_came_again_and_is_on"
            "_record"
        ),
    ),
    Finding(
        "a test that failed once in twenty runs",
        (
            "a rollout that the controller had not seen yet was told with the revision and the"
            " counters of the one before"
        ),
        f"{UNSEEN}::test_it_has_neither_the_number_nor_the_counters_of_the_one_before",
    ),
    Finding(
        "faults, `hand-back|GET deployments/web|1|403|before`",
        (
            "a refusal to look at the Deployment again, while its fields were handed back, ended"
            " the request as `Forbidden`, though the Deployment had been changed"
        ),
        f"{HAND_BACK}::test_neither_does_a_refusal_to_look_anew",
    ),
    Finding(
        "reading the code for the finding above",
        "that fields could not be handed back stood in the operator's log only",
        f"{HAND_BACK}::test_of_a_rollback_that_could_not_hand_back_the_status_says_so",
    ),
    Finding(
        "soak",
        (
            "garbage was collected a hundred times more rarely than usual: what Kopf leaves of each"
            " object that a watch shows waited for hours, and the process grew by 85 MB an hour"
        ),
        "tests/handlers/test_tuning.py::test_also_what_was_at_work_for_some_time_is_collected_soon",
    ),
    Finding(
        READER,
        (
            "what is nested deeper than Python can read, in a field that anyone may write,"
            " ended the watch of all, and every process that came after"
        ),
        "tests/security/test_deep_objects.py::test_others_are_recorded_and_rolled_back",
    ),
    Finding(
        READER,
        (
            "a rollout was recorded twice where an older copy of the history was put back, or"
            " where a new API server shows the template otherwise; later the line led round"
            " in a circle for ever"
        ),
        "tests/operations/test_same_rollout.py::test_later_rollouts_have_a_line_that_ends",
    ),
    Finding(
        READER,
        (
            "steps were run, and a group begun, by a copy from the watch, which only the"
            " patch of its own Deployment tests"
        ),
        (
            "tests/operations/test_stale_knowledge.py::test_no_step_runs_for_what_the_watch_s"
            "hows_and_is_not_live_any_more"
        ),
    ),
    Finding(
        READER,
        "a group that lost its first status write could end as if nothing had been touched",
        (
            "tests/operations/test_group_crashes.py::test_it_follows_what_it_claimed_though_a"
            "nother_target_cannot_begin_any_more"
        ),
    ),
    Finding(
        READER,
        "an event that came late began a request again that had been refused",
        (
            "tests/operations/test_pursuits.py::test_what_is_over_is_not_begun_by_an_event_th"
            "at_comes_late"
        ),
    ),
    Finding(
        READER,
        "a right to read that was taken away after the claim kept a request open past its deadline",
        (
            "tests/operations/test_refused_reads.py::test_pods_that_must_not_be_listed_end_a_"
            "group_at_its_deadline"
        ),
    ),
    Finding(
        READER,
        (
            "with the operator's clock ahead, what a webhook made of its own patch was taken"
            " for another rollout"
        ),
        "tests/domain/test_claim.py::test_a_clock_that_is_ahead_does_not_disown_our_write",
    ),
    Finding(
        READER,
        "a forged manifest in an annotation kept every rollback of its Deployment from beginning",
        (
            "tests/domain/test_last_applied.py::test_whatever_somebody_wrote_into_it_a_rollba"
            "ck_goes_on"
        ),
    ),
    Finding(
        READER,
        (
            "what a policy quotes of a step, or a webhook of a pod, stood in the status,"
            " secrets included"
        ),
        (
            "tests/operations/test_step_crashes.py::test_a_policy_that_quotes_a_secret_of_the"
            "_step_is_passed_on_without_it"
        ),
    ),
    Finding(
        READER,
        "who followed a rollback with a longer time than their own was late before they came",
        (
            "tests/domain/test_target_report.py::test_who_follows_has_all_their_time_from_whe"
            "n_they_came"
        ),
    ),
    Finding(
        READER,
        "`after` steps were left out where the return had pushed what came back out of the history",
        (
            "tests/operations/test_after_steps.py::test_they_run_though_what_came_back_had_to"
            "_make_room_in_the_history"
        ),
    ),
    Finding(
        "seeded bug of trap 2",
        "no unit test saw how a history gives way where it would freeze rollouts",
        f"{RECORDER}::test_a_history_gives_way_where_it_would_freeze_rollouts",
    ),
)

LIMITS = (
    (
        "After a `kubectl rollout undo` to a version that does not become available, only"
        " ReplicaSets have the latest history until a rollout succeeds. If then, by other means"
        " than a RollbackRequest, the template of just the ReplicaSet that has it is applied, the"
        " controller overwrites it there. The operator notices that the history was rewound and"
        " treats it as a gap; the entries are lost. Writing at once would cost a second write for"
        " every undo."
    ),
    (
        "An error of the API server inside of a watch, other than 410, ends the operator's process"
        " (Kopf does not go on after it); the next process takes up everything."
    ),
    (
        "The memory of the operator comes to rest, but not within an hour. Where 240 Deployments"
        " change all the time, up to six rollouts a second, it rises from 85 MB to about 100 MB in"
        " steps of one to six megabytes, at moments of much reading, that become rare. One hour"
        " stayed within 0.1 MB for 27 minutes and then took one more step (3.6 MB an hour), another"
        " took four small ones in its last twenty minutes (12.8 MB an hour)."
    ),
    (
        "Of two operators without a leader, one may be refused (403) just as the other one commits:"
        " the Deployment is rolled back, and the request says `Forbidden`. What is over is not"
        " opened again. With leader election, as the chart has it, this cannot be."
    ),
)
