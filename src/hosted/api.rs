//! The hosted APIs: their names, their fields, and their words for the states of a job.

use crate::choice::choices;
use crate::hosted::{face_detailer, face_refiner, face_to_many, faceswap};
use crate::job::JobState;
use crate::json::Pipeline;

choices! {
    /// A hosted API whose bodies are understood.
    pub enum Api {
        /// `POST /v2/face-detailer`: `detail`.
        FaceDetailer = "face-detailer",
        /// `POST /v2/face-to-many`: `stylize`.
        FaceToMany = "face-to-many",
        /// `POST /v2/artworks/face-refiner`: `refine`.
        FaceRefiner = "face-refiner",
        /// `POST /v2/sd2.1-faceswapper`: `swap`.
        Faceswap = "faceswap",
    }
}

/// What a field of a hosted API means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The picture that a request in JSON has in this field.
    Picture(&'static str),
    /// The parameter of this name.
    Parameter(&'static str),
    /// The parameter of this name, which is the path of a file.
    File(&'static str),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

impl Api {
    /// The pipeline that does the same.
    pub const fn pipeline(self) -> Pipeline {
        match self {
            Self::FaceDetailer => Pipeline::Detail,
            Self::FaceToMany => Pipeline::Stylize,
            Self::FaceRefiner => Pipeline::Refine,
            Self::Faceswap => Pipeline::Swap,
        }
    }

    /// The fields of its bodies, and what each means.
    pub const fn fields(self) -> &'static [(&'static str, Meaning)] {
        match self {
            Self::FaceDetailer => face_detailer::FIELDS,
            Self::FaceToMany => face_to_many::FIELDS,
            Self::FaceRefiner => face_refiner::FIELDS,
            Self::Faceswap => faceswap::FIELDS,
        }
    }

    /// Its word for a state of a job: that of the artworks API for `face-refiner`, else that of the API of the other
    /// three, which calls a job that was canceled failed.
    pub const fn state(self, state: JobState) -> &'static str {
        match (self, state) {
            (Self::FaceRefiner, JobState::Queued) => "starting",
            (Self::FaceRefiner, JobState::Processing) => "processing",
            (Self::FaceRefiner, JobState::Completed) => "succeeded",
            (Self::FaceRefiner, JobState::Failed) => "failed",
            (Self::FaceRefiner, JobState::Canceled) => "canceled",
            (_, JobState::Queued) => "QUEUED",
            (_, JobState::Processing) => "PROCESSING",
            (_, JobState::Completed) => "COMPLETED",
            (_, JobState::Failed | JobState::Canceled) => "FAILED",
        }
    }
}
