//! How long each stage of a call took.

use std::time::{Duration, Instant};

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

/// How long a call took, and each of its stages in the order in which they first ran.
///
/// It serialises as `{"inference_time": seconds, "stages": {name: seconds}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    /// The whole call.
    pub inference_time: Duration,
    /// The stages; time between them belongs to none, and those of an animation may overlap.
    pub stages: Vec<(&'static str, Duration)>,
}

/// Measures the stages of one call.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    stages: Vec<(&'static str, Duration)>,
}

impl Clock {
    pub fn start() -> Self {
        Self { started: Instant::now(), stages: Vec::new() }
    }

    /// Runs a part of a stage and adds its time to that stage.
    pub fn time<T>(&mut self, stage: &'static str, run: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = run();
        self.add(stage, started.elapsed());
        result
    }

    /// Adds time to a stage.
    pub fn add(&mut self, stage: &'static str, spent: Duration) {
        match self.stages.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, total)) => *total += spent,
            None => self.stages.push((stage, spent)),
        }
    }

    pub fn stop(self) -> Metrics {
        Metrics { inference_time: self.started.elapsed(), stages: self.stages }
    }
}

impl Serialize for Metrics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Metrics", 2)?;
        object.serialize_field("inference_time", &self.inference_time.as_secs_f64())?;
        object.serialize_field("stages", &Stages(&self.stages))?;
        object.end()
    }
}

struct Stages<'a>(&'a [(&'static str, Duration)]);

impl Serialize for Stages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (stage, time) in self.0 {
            map.serialize_entry(stage, &time.as_secs_f64())?;
        }
        map.end()
    }
}
