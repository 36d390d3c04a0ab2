//! What a model's licence permits, and what an engine is allowed to run.

use std::fmt;

use crate::error::{Error, ErrorKind, Result};

/// The licence of a model of which nobody stated one.
const UNKNOWN: &str = "LicenseRef-unknown";

/// The licences of the RAIL family that permit commercial use: what SPDX would write, and how model cards call it.
const OPEN_RAIL: [(&str, &str); 5] = [
    ("LicenseRef-CreativeML-OpenRAIL-M", "creativeml-openrail-m"),
    ("LicenseRef-CreativeML-OpenRAIL-PlusPlus-M", "openrail++"),
    ("LicenseRef-OpenRAIL", "openrail"),
    ("LicenseRef-BigScience-OpenRAIL-M", "bigscience-openrail-m"),
    ("LicenseRef-BigCode-OpenRAIL-M", "bigcode-openrail-m"),
];

/// The licence of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// An SPDX expression; terms that SPDX does not list are a `LicenseRef-…`.
    pub id: String,
    /// What it permits.
    pub terms: LicenseTerms,
}

/// What a licence permits, as far as the policy cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenseTerms {
    /// Commercial use, and products under any licence.
    Permissive,
    /// Commercial use, but not for every purpose: those of OpenRAIL, which forbid some uses, such as deceiving people,
    /// and ask that whoever gets the model or is offered its service is bound to the same restrictions.
    Restricted,
    /// Commercial use, but what is distributed with the model may have to carry the same licence.
    Copyleft,
    /// No commercial use.
    Noncommercial,
    /// Not known.
    Unknown,
}

/// Which models an engine may run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LicensePolicy {
    /// Those whose licence permits commercial use and asks nothing of the licence of the product around it.
    ///
    /// Models under OpenRAIL licences run: they permit commercial use. Keeping their use restrictions, and passing them
    /// on, is up to the caller; [`LicenseTerms::Restricted`] tells which models have some.
    #[default]
    Commercial,
    /// Those too that are named here, by the name of the model or by its licence.
    Allow(Vec<String>),
    /// Any: the caller answers for the licences.
    Any,
}

impl License {
    /// The licence of a model that does not state one.
    pub fn unknown() -> Self {
        Self { id: UNKNOWN.into(), terms: LicenseTerms::Unknown }
    }

    /// A licence in the words of SPDX, such as `MIT OR Apache-2.0`, or of model cards, such as `openrail++`; what neither
    /// knows has unknown terms.
    pub fn from_spdx(expression: &str) -> Self {
        match open_rail(expression) {
            Some(id) => Self { id: id.into(), terms: LicenseTerms::Restricted },
            None => Self { id: expression.into(), terms: terms_of(expression) },
        }
    }

    /// A licence of which it is known whether it permits commercial use.
    pub fn stated(id: &str, commercial: bool) -> Self {
        let terms = match terms_of(id) {
            LicenseTerms::Copyleft => LicenseTerms::Copyleft,
            LicenseTerms::Restricted if commercial => LicenseTerms::Restricted,
            _ if commercial => LicenseTerms::Permissive,
            _ if id == UNKNOWN => LicenseTerms::Unknown,
            _ => LicenseTerms::Noncommercial,
        };
        Self { id: id.into(), terms }
    }

    /// Whether it permits commercial use and asks nothing of the licence of the product around it.
    fn is_commercial(&self) -> bool {
        matches!(self.terms, LicenseTerms::Permissive | LicenseTerms::Restricted)
    }
}

impl fmt::Display for License {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl LicensePolicy {
    /// Whether a model with this licence may run.
    pub fn allows(&self, model: &str, license: &License) -> bool {
        match self {
            Self::Any => true,
            Self::Commercial => license.is_commercial(),
            Self::Allow(names) => {
                let named = |name: &String| {
                    name.eq_ignore_ascii_case(model) || name.eq_ignore_ascii_case(&license.id)
                };
                license.is_commercial() || names.iter().any(named)
            }
        }
    }

    /// Refuses a model whose licence is not allowed.
    ///
    /// # Errors
    /// [`ErrorKind::LicenseRefused`], with the licence and how to allow the model by name.
    pub fn check(&self, model: &str, license: &License) -> Result<()> {
        if self.allows(model, license) {
            return Ok(());
        }
        let reason = match license.terms {
            LicenseTerms::Permissive | LicenseTerms::Restricted => "was not named",
            LicenseTerms::Copyleft => "is a copyleft licence",
            LicenseTerms::Noncommercial => "does not permit commercial use",
            LicenseTerms::Unknown => "is not known to permit commercial use",
        };
        Err(Error::new(
            ErrorKind::LicenseRefused,
            format!(
                "the licence of the model {model}, {license}, {reason}: allow `{model}` by name in the licence \
                 policy if you may use it"
            ),
        ))
    }
}

/// What SPDX would call a licence of the RAIL family.
fn open_rail(name: &str) -> Option<&'static str> {
    let is_called =
        |(id, card): &&(&str, &str)| name.eq_ignore_ascii_case(id) || name.eq_ignore_ascii_case(card);
    OPEN_RAIL.iter().find(is_called).map(|(id, _)| *id)
}

fn terms_of(expression: &str) -> LicenseTerms {
    if open_rail(expression).is_some() {
        return LicenseTerms::Restricted;
    }
    let Ok(parsed) = spdx::Expression::parse(expression) else {
        return LicenseTerms::Unknown;
    };
    let free = |id: spdx::LicenseId| id.is_osi_approved() || id.is_fsf_free_libre();
    let permissive = |id: spdx::LicenseId| free(id) && !id.is_copyleft();
    if parsed.evaluate(|req| req.license.id().is_some_and(permissive)) {
        LicenseTerms::Permissive
    } else if parsed.evaluate(|req| req.license.id().is_some_and(free)) {
        LicenseTerms::Copyleft
    } else {
        LicenseTerms::Unknown
    }
}
