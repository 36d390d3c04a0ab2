//! The enums of C by name.

use std::ffi::{CString, c_char};
use std::iter;
use std::ptr;
use std::sync::LazyLock;

use crate::capi::choice::choice;
use crate::capi::error::{facekit_error, facekit_status, guard};
use crate::capi::pointer::{Out, c_string, text, text_at};
use crate::choice::{Choice, is_same_word};
use crate::diffusion::SchedulerKind;
use crate::error::{Error, ErrorKind, Result};
use crate::face::{FaceArea, FaceRegion, MaskType, Order};
use crate::geometry::ColorMatch;
use crate::job::JobState;
use crate::log::LogLevel;
use crate::params::{FaceShape, Fallback, Outline, Select, StylizeArea, StylizeEngine, SwapEngine};
use crate::picture::{FileFormat, PixelFormat};
use crate::pipelines::DetailEngine;
use crate::style::{Dither, Style};

/// An enum of this header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub enum facekit_enum {
    /// facekit_status.
    Status = 0,
    /// facekit_log_level.
    LogLevel = 1,
    /// facekit_availability.
    Availability = 2,
    /// facekit_pixel_format.
    PixelFormat = 3,
    /// facekit_file_format.
    FileFormat = 4,
    /// facekit_order.
    Order = 5,
    /// facekit_select.
    Select = 6,
    /// facekit_swap_engine.
    SwapEngine = 7,
    /// facekit_color_match.
    ColorMatch = 8,
    /// facekit_mask_type.
    MaskType = 9,
    /// facekit_face_area.
    FaceArea = 10,
    /// facekit_face_region.
    FaceRegion = 11,
    /// facekit_scheduler.
    Scheduler = 12,
    /// facekit_face_shape.
    FaceShape = 13,
    /// facekit_outline.
    Outline = 14,
    /// facekit_fallback.
    Fallback = 15,
    /// facekit_detail_engine.
    DetailEngine = 16,
    /// facekit_style.
    Style = 17,
    /// facekit_stylize_engine.
    StylizeEngine = 18,
    /// facekit_stylize_area.
    StylizeArea = 19,
    /// facekit_dither.
    Dither = 20,
    /// facekit_job_state.
    JobState = 21,
}

/// The words of each enum, by its number and theirs.
static WORDS: LazyLock<Vec<Vec<CString>>> = LazyLock::new(|| {
    use facekit_enum as e;
    let words = |kind| match kind {
        e::Status => iter::once("ok").chain(ErrorKind::ALL.iter().map(|kind| kind.name())).collect(),
        e::LogLevel => words_of::<LogLevel>(),
        e::Availability => vec!["missing", "installed", "embedded"],
        e::PixelFormat => PixelFormat::ALL.iter().map(|format| format.name()).collect(),
        e::FileFormat => words_of::<FileFormat>(),
        e::Order => Order::ALL.map(Order::name).to_vec(),
        e::Select => words_of::<Select>(),
        e::SwapEngine => words_of::<SwapEngine>(),
        e::ColorMatch => words_of::<ColorMatch>(),
        e::MaskType => words_of::<MaskType>(),
        e::FaceArea => words_of::<FaceArea>(),
        e::FaceRegion => words_of::<FaceRegion>(),
        e::Scheduler => words_of::<SchedulerKind>(),
        e::FaceShape => words_of::<FaceShape>(),
        e::Outline => words_of::<Outline>(),
        e::Fallback => words_of::<Fallback>(),
        e::DetailEngine => words_of::<DetailEngine>(),
        e::Style => words_of::<Style>(),
        e::StylizeEngine => words_of::<StylizeEngine>(),
        e::StylizeArea => words_of::<StylizeArea>(),
        e::Dither => words_of::<Dither>(),
        e::JobState => words_of::<JobState>(),
    };
    facekit_enum::ALL.iter().map(|kind| words(*kind).into_iter().map(c_string).collect()).collect()
});

fn words_of<T: Choice>() -> Vec<&'static str> {
    T::NAMES.to_vec()
}

impl facekit_enum {
    const ALL: &[Self] = &[
        Self::Status,
        Self::LogLevel,
        Self::Availability,
        Self::PixelFormat,
        Self::FileFormat,
        Self::Order,
        Self::Select,
        Self::SwapEngine,
        Self::ColorMatch,
        Self::MaskType,
        Self::FaceArea,
        Self::FaceRegion,
        Self::Scheduler,
        Self::FaceShape,
        Self::Outline,
        Self::Fallback,
        Self::DetailEngine,
        Self::Style,
        Self::StylizeEngine,
        Self::StylizeArea,
        Self::Dither,
        Self::JobState,
    ];

    /// The words of the enum of a number from C.
    fn words(kind: i32) -> Result<&'static [CString]> {
        let kind = choice(Self::ALL, kind, "kind", "facekit_enum")?;
        Ok(&WORDS[kind as usize])
    }
}

/// How many values the enum `kind`, a facekit_enum, has: they count from 0 without a gap. 0 for what is no enum.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_enum_count(kind: i32) -> usize {
    facekit_enum::words(kind).map_or(0, <[_]>::len)
}

/// The word of JSON and of the command line for a value of the enum `kind`, a facekit_enum, such as "left-right" for
/// `FACEKIT_ORDER_LEFT_RIGHT`: a static text; NULL for what is no enum or no value of it.
#[unsafe(no_mangle)]
pub extern "C" fn facekit_enum_name(kind: i32, value: i32) -> *const c_char {
    usize::try_from(value).map_or(ptr::null(), |value| text_at(facekit_enum::words(kind).ok(), value))
}

/// The value of the enum `kind`, a facekit_enum, that a word of JSON or of the command line names, in any case and with
/// spaces, hyphens or underscores. `FACEKIT_STATUS_INVALID_PARAMETER`, with the words that there are, for another.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn facekit_enum_from_name(
    kind: i32,
    name: *const c_char,
    out_value: *mut i32,
    out_error: *mut *mut facekit_error,
) -> facekit_status {
    // SAFETY: the pointers are the caller's, as the header asks.
    unsafe {
        guard(out_error, || {
            let out = Out::new(out_value, "out_value")?;
            let (words, name) = (facekit_enum::words(kind)?, text(name, "name")?);
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            let found = words.iter().position(|word| is_same_word(word, name));
            let unknown = || Error::parameter(format!("`{name:.80}` is none of {}", words.join(", ")));
            out.write(found.ok_or_else(unknown)? as i32);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The enums of the header, each with the names of its constants in the order of their numbers.
    fn header() -> Vec<(String, Vec<String>)> {
        let header = include_str!("../../include/facekit.h");
        let mut enums = Vec::new();
        for declaration in header.split("typedef enum facekit_").skip(1) {
            let (name, body) = declaration.split_once(" {").unwrap();
            let body = body.split_once("\n}").unwrap().0;
            let prefix = format!("    FACEKIT_{}_", name.to_uppercase());
            let constants = body.lines().filter_map(|line| line.strip_prefix(&prefix)?.split_once(" = "));
            let constants = constants.enumerate().map(|(i, (constant, number))| {
                assert_eq!(number.trim_end_matches(','), i.to_string(), "{name} {constant}");
                constant.to_owned()
            });
            enums.push((name.to_owned(), constants.collect()));
        }
        enums
    }

    #[test]
    fn every_enum_of_the_header_has_its_words_in_the_order_of_its_numbers() {
        let enums = header();
        assert_eq!(enums.len(), facekit_enum::ALL.len() + 1, "an enum is missing from facekit_enum");
        for (i, kind) in facekit_enum::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, i);
            let same = |name: &str| is_same_word(name, &format!("{kind:?}"));
            let (name, constants) = enums.iter().find(|(name, _)| same(name)).unwrap();
            let words: Vec<_> = WORDS[i].iter().map(|word| word.to_str().unwrap()).collect();
            assert_eq!(constants.len(), words.len(), "{name}");
            for (constant, word) in constants.iter().zip(words) {
                assert!(is_same_word(constant, word), "{name}: {constant} is not {word}");
            }
        }
    }

    #[test]
    fn a_word_leads_back_to_its_number() {
        for &kind in facekit_enum::ALL {
            for (value, word) in WORDS[kind as usize].iter().enumerate() {
                let mut found = -1;
                // SAFETY: the pointers are to what lives here.
                let status = unsafe {
                    facekit_enum_from_name(kind as i32, word.as_ptr(), &mut found, ptr::null_mut())
                };
                assert_eq!((status, found), (facekit_status::Ok, value as i32), "{kind:?} {word:?}");
            }
        }
    }
}
