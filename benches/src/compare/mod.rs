//! The engine beside others, over the same bodies in one run: medians, spread, and ratios. Ratios are what counts;
//! machines are shared and noisy.

pub mod engines;
pub mod envoy;
pub mod growth;
pub mod material;
pub mod targets;

use self::engines::Engine;
use crate::inputs::Input;

/// What came of one engine over one body.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Figure {
    /// The body.
    pub input: &'static str,
    /// Its size in bytes.
    pub size: usize,
    /// The engine.
    pub engine: &'static str,
    /// The median of the rounds, in MB/s.
    pub median: f64,
    /// Half the distance of the quartiles, as a share of the median.
    pub spread: f64,
    /// The median of the first engine's rate by this one's, round by round.
    pub ratio: f64,
    /// The rounds, in MB/s.
    pub rates: Vec<f64>,
}

/// Runs all engines over a body, in turn, for so many rounds; the first one is what the others are compared with.
///
/// # Errors
/// An engine failed.
pub fn measure(engines: &mut [Box<dyn Engine>], input: &Input, rounds: usize) -> Result<Vec<Figure>, String> {
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); engines.len()];
    for round in 0..=rounds {
        for (engine, rates) in engines.iter_mut().zip(&mut rates) {
            // The first round warms up.
            if let Some(rate) = engine.rate(input)?.filter(|_| round > 0) {
                rates.push(rate);
            }
        }
    }
    let first = rates.first().cloned().unwrap_or_default();
    let figure = |(engine, rates): (&dyn Engine, &Vec<f64>)| {
        let ratios = first.iter().zip(rates).map(|(first, rate)| first / rate).collect();
        (!rates.is_empty()).then(|| Figure {
            input: input.name,
            size: input.body.len(),
            engine: engine.name(),
            median: quantile(rates.clone(), 0.5),
            spread: spread(rates),
            ratio: quantile(ratios, 0.5),
            rates: rates.clone(),
        })
    };
    Ok(engines.iter().map(|engine| &**engine).zip(&rates).filter_map(figure).collect())
}

/// Half the distance of the quartiles, as a share of the median.
fn spread(values: &[f64]) -> f64 {
    let at = |at| quantile(values.to_vec(), at);
    (at(0.75) - at(0.25)) / at(0.5) / 2.0
}

fn quantile(mut values: Vec<f64>, at: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len().saturating_sub(1) as f64 * at).round() as usize;
    values.get(place).copied().unwrap_or(f64::NAN)
}

/// The figures as a table of Markdown: a row a body, a column an engine, rates in MB/s, and by how much the first engine
/// is faster.
pub fn markdown(figures: &[Figure]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for figure in figures {
        if !names.contains(&figure.engine) {
            names.push(figure.engine);
        }
    }
    let mut rows: Vec<(&str, usize)> = Vec::new();
    for figure in figures {
        if !rows.contains(&(figure.input, figure.size)) {
            rows.push((figure.input, figure.size));
        }
    }
    let mut table = format!("| body | size | {} |\n| --- | --- |{}\n", names.join(" | "), " --- |".repeat(names.len()));
    for (input, size) in rows {
        let cell = |name: &&str| {
            let found = figures.iter().find(|it| (it.input, it.size, it.engine) == (input, size, *name));
            found.map_or("-".to_owned(), |it| {
                let ratio = if names.first() == Some(name) { String::new() } else { format!(", x{:.2}", it.ratio) };
                format!("{:.1} ±{:.0} %{ratio}", it.median, it.spread * 100.0)
            })
        };
        let cells: Vec<String> = names.iter().map(cell).collect();
        table += &format!("| {input} | {} KiB | {} |\n", size >> 10, cells.join(" | "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Copies(usize);

    impl Engine for Copies {
        fn name(&self) -> &'static str {
            if self.0 == 1 { "one" } else { "many" }
        }

        fn run(&mut self, input: &Input) -> Result<Option<usize>, String> {
            let copies: Vec<Vec<u8>> = (0..self.0).map(|_| std::hint::black_box(input.body.clone())).collect();
            Ok((input.name != "none").then_some(copies.len()))
        }
    }

    #[test]
    fn who_does_more_is_slower_and_who_does_nothing_has_no_figure() {
        let mut engines: Vec<Box<dyn Engine>> = vec![Box::new(Copies(1)), Box::new(Copies(40))];
        let mut input = Input { name: "some", media_type: "text/plain", body: vec![b'x'; 100_000] };
        let figures = measure(&mut engines, &input, 3).unwrap_or_default();
        assert!(figures.len() == 2 && figures.iter().all(|it| it.ratio >= 1.0), "{figures:?}");
        assert!(figures.last().is_some_and(|it| it.ratio > 4.0), "{figures:?}");
        assert!(markdown(&figures).contains("| some | 97 KiB |"), "{}", markdown(&figures));
        input.name = "none";
        assert!(measure(&mut engines, &input, 1).unwrap_or_default().is_empty());
    }
}
