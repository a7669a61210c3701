//! What a run has met: each fault and each way back, counted.

macro_rules! points {
    ($($point:ident = $name:literal,)+) => {
        /// A fault or a recovery branch.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Met {
            $(#[doc = concat!("`", $name, "`")] $point,)+
        }

        impl Met {
            /// All of them, with their names.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$point, $name),)+];
        }
    };
}

points! {
    NetLoss = "fault: message lost",
    NetDouble = "fault: message doubled",
    NetReorder = "fault: message delayed and overtaken",
    CutUp = "fault: way up cut",
    CutDown = "fault: way down cut",
    HangUp = "fault: connection closed",
    AgentKilled = "fault: agent killed",
    AgentPower = "fault: agent loses power",
    AgentPowerMidStep = "fault: agent loses power inside a storage step",
    CrashBeforeCommit = "fault: crash between decide and commit",
    CrashBeforeAnswer = "fault: crash between commit and answer",
    CrashAfterAnswer = "fault: crash between answer and send",
    CrashAfterSend = "fault: crash between send and ack",
    CrashAfterAck = "fault: crash between ack and cursor",
    CrashWhileOpening = "fault: crash while opening",
    LyingDisk = "fault: lying disk loses what it confirmed",
    SyncFailed = "fault: sync fails",
    DiskFull = "fault: disk full",
    BitSealed = "fault: bit damage in a sealed segment",
    BitTail = "fault: bit damage in the tail segment",
    ClockForward = "fault: clock steps forward",
    ClockBack = "fault: clock steps back",
    CheckpointLost = "fault: checkpoints lost",
    CheckpointStale = "fault: checkpoint of a longer journal",
    CheckpointForeign = "fault: checkpoint of another journal",
    CursorLost = "fault: cursor lost",
    Cloned = "fault: PC cloned",
    CentreKilled = "fault: centre killed",
    CentrePower = "fault: centre loses power inside a storage step",
    CentreRestored = "fault: centre restored from a backup",
    AckForged = "fault: ack signed by an unknown key",
    AckDoubled = "fault: ack doubled",
    AckReplayed = "fault: ack of an earlier incarnation replayed",
    ManifestForged = "fault: manifest signed by a stranger",
    ManifestDamaged = "fault: manifest damaged",
    ManifestOfAnother = "fault: manifest of another workplace",
    ManifestReplayed = "fault: manifest of some time ago again",
    PieceCut = "fault: piece of a segment cut",
    PieceDamaged = "fault: piece of a segment damaged",
    ShelfPower = "fault: power lost inside a step of the datasets' file",
    ShelfReplaced = "fault: datasets gone with the PC",
    CrashBeforeStage = "fault: crash before records are put aside",
    CrashAfterStage = "fault: crash after records were put aside",
    CrashBeforeSwitch = "fault: crash between journal and switch",
    CrashAfterSwitch = "fault: crash after the switch",
    ReleaseUrgent = "office: urgent release",
    ReleaseInWaves = "office: release in waves",
    FixUnder = "office: urgent release under one on its way",
    ReleasesCross = "office: changes that wait for a release under way",
    ReleasePaused = "office: release paused",
    ReleaseResumed = "office: release resumed",
    ReleaseRolledBack = "office: release rolled back",
    ReleaseCancelled = "office: release cancelled",
    ChangeUndone = "office: change taken back",
    Switched = "way down: datasets switched",
    JournalCorrected = "way down: journal put right after a crash between entry and switch",
    StagedRestored = "way down: what was put aside is there after a start",
    SegmentInline = "way down: segment inside a manifest",
    SegmentResumed = "way down: segment resumed in the middle",
    SegmentRefused = "way back: segment refused",
    ManifestForgedRefused = "way back: manifest that is not the centre's refused",
    ManifestOlderRefused = "way back: older manifest refused",
    ManifestAgain = "way back: same manifest again",
    ManifestExpired = "way back: expired manifest refused",
    TornTail = "way back: torn tail cut",
    DamageEpoch = "way back: new epoch after damage",
    BehindEpoch = "way back: new epoch behind the centre",
    Resume = "way back: resume after a gap",
    Held = "way back: chain held",
    Rewound = "way back: rewound after a restore",
    AckRefused = "way back: ack without a known key ignored",
    RepeatAnswered = "way back: repeat answered",
    KeyReuseRefused = "way back: key with another body refused",
    OriginGone = "way back: return of a pruned sale refused",
    CheckpointUsed = "way back: checkpoint used",
    CheckpointRefused = "way back: checkpoint refused",
    BroughtForward = "way back: brought-forward written",
    BroughtForwardStart = "way back: fold starts at a brought-forward",
    Pruned = "way back: old segments pruned",
    Rotated = "way back: journal has several segments",
    Resent = "way back: sent again",
    Reconnected = "way back: reconnect on a silent centre",
    CentreRebuilt = "way back: centre rebuilt from its log",
    CheckpointTaken = "way back: centre's checkpoint and the log behind it",
    CheckpointOfAnotherLog = "way back: checkpoint of a log that is gone",
}

/// Counts of one or more seeds.
#[derive(Debug, Clone)]
pub struct Coverage {
    counts: Vec<u64>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self {
            counts: vec![0; Met::ALL.len()],
        }
    }
}

impl Coverage {
    /// It was met.
    pub fn met(&mut self, what: Met) {
        self.counts[what as usize] += 1;
    }

    /// Adds another run.
    pub fn add(&mut self, other: &Self) {
        for (mine, more) in self.counts.iter_mut().zip(&other.counts) {
            *mine += more;
        }
    }

    /// Name and count of every point.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let names = Met::ALL.iter().map(|(_, name)| *name);
        names.zip(self.counts.iter().copied())
    }

    /// Points met fewer than `least` times.
    #[must_use]
    pub fn below(&self, least: u64) -> Vec<&'static str> {
        let few = self.rows().filter(|(_, count)| *count < least);
        few.map(|(name, _)| name).collect()
    }
}
