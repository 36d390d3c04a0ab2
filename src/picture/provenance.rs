//! What a picture says about its own making, in XMP.

use std::borrow::Cow;

use crate::picture::Metadata;

/// How a generative step took part in a picture: its IPTC digital source type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provenance {
    /// A photograph with parts made by a trained model: `compositeWithTrainedAlgorithmicMedia`.
    Composite,
    /// A picture made by a trained model as a whole: `trainedAlgorithmicMedia`.
    Generated,
}

/// The vocabulary of `Iptc4xmpExt:DigitalSourceType`.
const VOCABULARY: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

impl Provenance {
    /// The address of the term in the IPTC vocabulary.
    pub fn uri(self) -> String {
        format!("{VOCABULARY}{}", self.term())
    }

    fn term(self) -> &'static str {
        match self {
            Self::Composite => "compositeWithTrainedAlgorithmicMedia",
            Self::Generated => "trainedAlgorithmicMedia",
        }
    }

    /// An XMP packet that says so: `xmp` with its digital source type set, or a packet of its own when there is
    /// none that can be read.
    fn packet(self, xmp: Option<&[u8]>) -> Vec<u8> {
        let known = xmp.and_then(|xmp| std::str::from_utf8(xmp).ok());
        let packet = known.and_then(|xmp| self.replace_in(xmp).or_else(|| self.insert_into(xmp)));
        packet.unwrap_or_else(|| self.packet_alone()).into_bytes()
    }

    fn replace_in(self, xmp: &str) -> Option<String> {
        let mut parts = xmp.split(VOCABULARY);
        let mut packet = parts.next()?.to_owned();
        let before = packet.len();
        for part in parts {
            let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            packet.extend([VOCABULARY, self.term(), rest]);
        }
        (before < xmp.len()).then_some(packet)
    }

    fn insert_into(self, xmp: &str) -> Option<String> {
        let end = xmp.rfind("</rdf:RDF>")?;
        Some(format!("{}{}{}", &xmp[..end], self.description(), &xmp[end..]))
    }

    fn packet_alone(self) -> String {
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">{}</rdf:RDF>\
             </x:xmpmeta><?xpacket end=\"w\"?>",
            self.description()
        )
    }

    fn description(self) -> String {
        format!(
            "<rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\">\
             <Iptc4xmpExt:DigitalSourceType>{}</Iptc4xmpExt:DigitalSourceType></rdf:Description>",
            self.uri()
        )
    }
}

impl Metadata {
    /// Notes a generative step in the XMP packet, which keeps what else it says.
    pub fn set_provenance(&mut self, provenance: Provenance) {
        self.xmp = Some(provenance.packet(self.xmp.as_deref()));
    }

    /// The XMP packet if it has at most `len` bytes; of a longer one, its provenance alone.
    pub(super) fn xmp_within(&self, len: usize) -> Option<Cow<'_, [u8]>> {
        match self.xmp.as_deref() {
            Some(xmp) if xmp.len() > len => Some(Cow::Owned(self.provenance()?.packet(None))),
            xmp => xmp.map(Cow::Borrowed),
        }
    }

    /// The generative step that the XMP packet tells of, if any.
    pub fn provenance(&self) -> Option<Provenance> {
        let xmp = std::str::from_utf8(self.xmp.as_deref()?).ok()?;
        [Provenance::Composite, Provenance::Generated]
            .into_iter()
            .find(|provenance| xmp.contains(&provenance.uri()))
    }
}
