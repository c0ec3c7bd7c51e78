//! Rules of the protocol that the model can be told to break, to see whether a test notices.

macro_rules! bugs {
    ($($name:ident: $rule:literal,)*) => {
        /// One broken rule. A generator that reaches the rule makes the model differ.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Bug {
            $(#[doc = $rule] $name,)*
        }

        impl Bug {
            /// Every bug.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
        }
    };
}

bugs! {
    DeadlineExclusive: "A promise still lives at its deadline (§3.1).",
    TimeoutStampedNow: "A timeout is stamped with the instant it was noticed (§3.1).",
    TimerRejects: "A timer's deadline rejects it (§3.1).",
    SettleOverwrites: "A second settlement replaces the first (§3.1).",
    LateBirthStampedNow: "A promise born late is created now, after its settlement (§3.1).",
    LateBirthOffered: "A promise born late has its task offered (§2.3).",
    DelayIgnored: "`resonate:delay` does not hold back the first offer (§2.3).",
    TimerOffered: "The task of a targeted timer is offered (§3.7).",
    SettleLeavesTask: "A settled promise leaves its task as it was (§3.3).",
    SettleLeavesOwnEdges: "A finished task stays on the lists it waited on (§3.3).",
    TouchTellsNobody: "A promise that expires when named tells no listener (§0.2).",
    ListenerStays: "A listener is not consumed by the settlement (§3.3).",
    LateListenerTold: "A listener of a settled promise is sent an unblock (§2.6).",
    LateCallbackWakes: "A callback on a settled promise wakes the awaiter (§2.5).",
    AwaitedStaysUnarmed: "An internal promise is not armed when somebody waits (§3.4).",
    ResumesDead: "A suspended task past its own deadline is resumed (§3.3).",
    ResumeOffersAgain: "Each settlement offers a pending awaiter again (§3.2).",
    SettleWakesHalted: "A settlement sets a halted awaiter pending (§3.2).",
    ClaimIgnoresVersion: "task.acquire takes any version (§3.5).",
    ClaimKeepsResumes: "A claim keeps the buffered resumes (§3.2).",
    CreateTakesHalted: "task.create claims a halted task (§3.2).",
    FenceIgnoresVersion: "A stale claim still passes the fence (§3.5).",
    FenceRenewsLease: "task.fence renews the lease (§2.11).",
    ReleaseRaisesVersion: "task.release raises the version (§3.5).",
    LapseIsSilent: "A lapsed lease offers nothing until the retry (§3.2).",
    RetryOnce: "A pending task is offered again only once (§3.5).",
    HeartbeatAnyPid: "A heartbeat of another process renews the lease (§2.15).",
    HeartbeatAnyVersion: "A heartbeat for an older claim renews the lease (§2.15).",
    HeartbeatRevivesDead: "A heartbeat renews a claim on a dead promise (§2.15).",
    ResumesForceRedirect: "Buffered resumes alone redirect a suspend (§2.12).",
    RedirectStoresEdges: "A redirected suspend stores its edges (§2.12).",
    RedirectKeepsResumes: "A redirected suspend keeps the buffered resumes (§2.12).",
    SuspendDropsOlderEdges: "Edges of an earlier suspension are dropped (§3.6).",
    HaltDropsEdges: "A halted task is taken off the lists it waits on (§2.16).",
    ContinueClearsResumes: "task.continue clears the buffered resumes (§2.16).",
    ClockGoesBack: "An earlier instant is taken as it is (§3.5).",
    SearchShowsRaw: "A search does not count a passed deadline (§2.7).",
    ScheduleFiresOnce: "Of several missed occurrences only the first fires (§3.9).",
    ScheduleReplaces: "An occurrence replaces the promise that has its id (§3.9).",
    ScheduleDelays: "`resonate:delay` holds back a scheduled promise (§3.9).",
    ScheduleWithoutLineage: "A scheduled promise lacks its lineage labels (§3.9).",
}
