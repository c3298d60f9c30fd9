//! What detectors share on its way into a plan: automata and patterns, each once.

use std::collections::HashMap;
use std::hash::Hash;
use std::rc::Rc;

use super::{clusters, gram};
use crate::plan::model::{Detector, Patterns, Window, Word};
use crate::plan::{model, packed};
use crate::scan::{self, Automata, ByteClass, Library, Search};

/// Automata and patterns, by their numbers.
#[derive(Clone, Default)]
pub(crate) struct Pack {
    automata: Numbered<Vec<u8>>,
    classes: Numbered<ByteClass>,
    windows: Numbered<Window>,
    words: Numbered<Word>,
}

/// The parts of a plan that are packed.
pub(super) struct Parts {
    pub(super) automata: String,
    pub(super) patterns: String,
    pub(super) detectors: String,
}

impl Pack {
    /// The number of an automaton.
    pub(super) fn automaton(&mut self, written: &[u8]) -> u32 {
        self.automata.number(written.to_vec())
    }

    /// The number of a byte class.
    pub(super) fn class(&mut self, class: ByteClass) -> u16 {
        // More than a plan has room for are refused when it is loaded.
        u16::try_from(self.classes.number(class)).unwrap_or(u16::MAX)
    }

    /// The number of a window.
    pub(super) fn window(&mut self, edge: bool, classes: &[ByteClass]) -> u32 {
        let runs = classes.chunk_by(|one, next| one == next).map(|run| {
            let class = run.first().copied().unwrap_or_default();
            (self.class(class), u8::try_from(run.len()).unwrap_or(u8::MAX))
        });
        let window = Window::new(edge, gram::choose(classes), runs);
        self.windows.number(window)
    }

    /// The number of a keyword.
    pub(super) fn word(&mut self, text: &str) -> u32 {
        let text = text.to_ascii_lowercase();
        let both = |byte: u8| [byte, byte.to_ascii_uppercase()].into_iter().collect();
        let classes: Vec<ByteClass> = text.bytes().take(scan::LONGEST_WINDOW).map(both).collect();
        self.words.number(Word { text, gram: gram::choose(&classes) })
    }

    /// A detector that is made of what is in `from`, with that here.
    pub(super) fn adopt(&mut self, detector: &Detector, from: &Self) -> Detector {
        let mut detector = detector.clone();
        for number in detector.automata() {
            *number = self.automata.number(from.automata.get(*number));
        }
        for number in detector.classes() {
            *number = self.class(from.classes.get(u32::from(*number)));
        }
        for number in &mut detector.probe.windows {
            let window = from.windows.get(*number);
            let runs = window.runs().unwrap_or_default().into_iter();
            let runs = runs.map(|(class, count)| (self.class(from.classes.get(u32::from(class))), count));
            let window = Window::new(window.edge, window.gram, runs);
            *number = self.windows.number(window);
        }
        for number in detector.keywords.iter_mut().flat_map(|words| &mut words.any) {
            *number = self.words.number(from.words.get(*number));
        }
        detector
    }

    /// What is in it, as a plan has it.
    fn patterns(&self) -> Patterns {
        Patterns {
            classes: self.classes.all.iter().map(ByteClass::encode).collect(),
            windows: self.windows.all.clone(),
            words: self.words.all.clone(),
            buckets: model::Buckets::default(),
        }
    }

    fn written(&self) -> Vec<u8> {
        let length = |automaton: &Vec<u8>| u32::try_from(automaton.len()).unwrap_or(u32::MAX).to_le_bytes();
        self.automata.all.iter().flat_map(|it| length(it).into_iter().chain(it.iter().copied())).collect()
    }

    /// A detector that is made of what is in it, ready to run, and a search for it alone.
    ///
    /// # Errors
    /// It does not load.
    pub(super) fn load(&self, detector: &Detector) -> Result<(scan::Detector, Search), String> {
        let automata = Automata::read(&*self.written(), &mut Library::default()).map_err(|error| error.to_string())?;
        let patterns = Rc::new(scan::Patterns::load(&self.patterns())?);
        let buckets = clusters::choose(&patterns, std::slice::from_ref(detector), &|_| true);
        let loaded = scan::Detector::load(detector.clone(), &automata, &patterns).map_err(|error| error.to_string())?;
        let search = Search::new(std::slice::from_ref(&loaded), &patterns, &buckets);
        Ok((loaded, search.map_err(|error| error.to_string())?))
    }

    /// The parts of a plan with these detectors, of which rules use those that are `used`.
    ///
    /// # Errors
    /// There is more than a plan may hold.
    pub(super) fn finish(&self, detectors: &[Detector], used: &dyn Fn(usize) -> bool) -> Result<Parts, String> {
        let mut patterns = self.patterns();
        patterns.buckets = clusters::choose(&scan::Patterns::load(&patterns)?, detectors, used);
        let mut lines = Vec::new();
        for detector in detectors {
            serde_json::to_writer(&mut lines, detector).map_err(|error| error.to_string())?;
            lines.push(b'\n');
        }
        Ok(Parts {
            automata: packed::pack(&self.written())?,
            patterns: packed::pack(&serde_json::to_vec(&patterns).map_err(|error| error.to_string())?)?,
            detectors: packed::pack(&lines)?,
        })
    }
}

/// Things, each once.
#[derive(Clone)]
struct Numbered<T> {
    all: Vec<T>,
    known: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { all: Vec::new(), known: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash + Default> Numbered<T> {
    fn number(&mut self, thing: T) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        *self.known.entry(thing).or_insert_with_key(|thing| {
            self.all.push(thing.clone());
            next
        })
    }

    fn get(&self, number: u32) -> T {
        self.all.get(number as usize).cloned().unwrap_or_default()
    }
}
