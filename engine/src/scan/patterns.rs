//! What the detectors of a plan look for, each once: windows of byte classes, and words.

use std::rc::Rc;

use super::class::ByteClass;
use super::finder::{LONGEST_WINDOW, in_word};
use crate::plan::model;

/// Windows and words, by their numbers in the plan.
#[derive(Default)]
pub struct Patterns {
    /// The classes that they are made of.
    classes: Vec<ByteClass>,
    /// Of the classes, which hold nothing but letters, digits, `_` and `-`.
    of_word: Vec<bool>,
    /// The classes of all patterns by their numbers, behind one another.
    rows: Vec<u16>,
    windows: Box<[Pattern]>,
    words: Box<[Rc<[u8]>]>,
    /// What each word begins with.
    beginnings: Box<[Pattern]>,
}

/// Byte classes in a row, 32 at most.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    start: u32,
    length: u8,
    /// No letter, digit or `_` stands before it.
    pub edge: bool,
    /// How many of the first of its classes hold nothing but letters, digits, `_` and `-`.
    pub word: u8,
    /// Where in it the gram begins that it offers, see [`super::gram`].
    pub gram: Option<u8>,
}

impl Patterns {
    /// Takes those of a plan.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn load(plan: &model::Patterns) -> Result<Self, String> {
        // Numbers of two bytes are enough for any policy, with those of the letters of words behind them.
        if plan.classes.len() > usize::from(u16::MAX) - 256 {
            return Err(format!("{} byte classes are too many", plan.classes.len()));
        }
        let class = |text: &String| ByteClass::decode(text).ok_or_else(|| format!("`{text}` is no byte class"));
        let classes = plan.classes.iter().map(class).collect::<Result<Vec<_>, _>>()?;
        let of_word = classes.iter().map(all_in_word).collect();
        let mut patterns = Self { classes, of_word, ..Self::default() };
        let windows = plan.windows.iter().map(|window| patterns.window(window)).collect::<Result<_, _>>()?;
        let mut letters = [None; 256];
        let beginnings =
            plan.words.iter().map(|word| patterns.beginning(word, &mut letters)).collect::<Result<_, _>>()?;
        patterns.rows.shrink_to_fit();
        patterns.windows = windows;
        patterns.beginnings = beginnings;
        patterns.words = plan.words.iter().map(|word| word.text.to_ascii_lowercase().into_bytes().into()).collect();
        Ok(patterns)
    }

    fn window(&mut self, window: &model::Window) -> Result<Pattern, String> {
        let start = self.rows.len();
        for (class, count) in window.runs().ok_or("a window is made of what are no runs of byte classes")? {
            if usize::from(class) >= self.classes.len() {
                return Err("a window has a byte class that the plan lacks".into());
            }
            self.rows.extend(std::iter::repeat_n(class, usize::from(count)));
        }
        self.pattern(start, window.edge, window.gram)
    }

    fn beginning(&mut self, word: &model::Word, letters: &mut [Option<u16>; 256]) -> Result<Pattern, String> {
        let start = self.rows.len();
        for byte in word.text.bytes().take(LONGEST_WINDOW) {
            let Some(number) = letters.get_mut(usize::from(byte.to_ascii_lowercase())) else { continue };
            let number = number.get_or_insert_with(|| {
                let both: ByteClass = [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()].into_iter().collect();
                self.of_word.push(all_in_word(&both));
                self.classes.push(both);
                u16::try_from(self.classes.len() - 1).unwrap_or(u16::MAX)
            });
            self.rows.push(*number);
        }
        self.pattern(start, false, word.gram)
    }

    /// The pattern of the classes from `start` on.
    fn pattern(&self, start: usize, edge: bool, gram: Option<u8>) -> Result<Pattern, String> {
        let row = self.rows.get(start..).unwrap_or_default();
        let of_word = |class: &&u16| self.of_word.get(usize::from(**class)).copied().unwrap_or(false);
        let word = row.iter().take_while(of_word).count();
        match (u32::try_from(start), u8::try_from(row.len()), u8::try_from(word)) {
            (Ok(start), Ok(length @ 1..), Ok(word)) if usize::from(length) <= LONGEST_WINDOW => {
                Ok(Pattern { start, length, edge, word, gram })
            }
            _ => Err(format!("a window or word has no bytes, or a window more than {LONGEST_WINDOW}")),
        }
    }

    /// The windows.
    pub fn windows(&self) -> &[Pattern] {
        &self.windows
    }

    /// What words begin with, in their order.
    pub fn beginnings(&self) -> &[Pattern] {
        &self.beginnings
    }

    /// The words, in lower case.
    pub fn words(&self) -> &[Rc<[u8]>] {
        &self.words
    }

    /// All byte classes.
    pub fn classes(&self) -> &[ByteClass] {
        &self.classes
    }

    /// A byte class.
    #[inline]
    pub fn class(&self, number: u16) -> Option<&ByteClass> {
        self.classes.get(usize::from(number))
    }

    /// The numbers of a pattern's classes.
    #[inline]
    pub fn row(&self, pattern: &Pattern) -> &[u16] {
        let start = pattern.start as usize;
        self.rows.get(start..start + usize::from(pattern.length)).unwrap_or_default()
    }

    /// A pattern's classes.
    pub fn of<'a>(&'a self, pattern: &Pattern) -> impl Iterator<Item = ByteClass> + 'a {
        self.row(pattern).iter().map(|&number| self.class(number).copied().unwrap_or_default())
    }
}

fn all_in_word(class: &ByteClass) -> bool {
    class.bytes().all(in_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(classes: &[(u16, u8)]) -> model::Window {
        model::Window::new(true, None, classes.iter().copied())
    }

    #[test]
    fn patterns_are_rows_of_classes() {
        let plan = model::Patterns {
            classes: vec!["3039".into(), "2d2d4040".into()],
            windows: vec![window(&[(0, 2), (1, 1)])],
            words: vec![model::Word { text: "Ab-".into(), gram: None }],
            ..model::Patterns::default()
        };
        let patterns = Patterns::load(&plan).unwrap();
        let (window, word) = (patterns.windows()[0], patterns.beginnings()[0]);
        assert_eq!((patterns.row(&window), window.word, window.edge), (&[0, 0, 1][..], 2, true));
        let bytes: Vec<Vec<u8>> = patterns.of(&word).map(|class| class.bytes().collect()).collect();
        assert_eq!(bytes, [b"Aa".to_vec(), b"Bb".to_vec(), b"-".to_vec()]);
        assert_eq!((word.word, &*patterns.words()[0]), (3, &b"ab-"[..]));
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let of = |classes: &[(u16, u8)]| {
            let windows = vec![window(classes)];
            Patterns::load(&model::Patterns { classes: vec!["3039".into()], windows, ..model::Patterns::default() })
        };
        assert!(of(&[(0, 32)]).is_ok());
        for wrong in [&[][..], &[(0, 0)], &[(0, 33)], &[(0, 20), (0, 20)], &[(1, 1)]] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
        let empty = vec![model::Word { text: String::new(), gram: None }];
        assert!(Patterns::load(&model::Patterns { words: empty, ..model::Patterns::default() }).is_err());
    }
}
