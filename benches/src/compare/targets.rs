//! What must hold within one run, and what the run says of it.

use super::envoy::Cost;
use super::growth::Row;
use super::{Figure, quantile};

/// One thing that must hold.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Target {
    /// What is compared.
    pub what: &'static str,
    /// At least or at most this.
    pub bound: Bound,
    /// What was measured, over all bodies.
    pub found: Vec<f64>,
}

/// The side on which a value must lie.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub enum Bound {
    /// So much or more.
    Least(f64),
    /// So much or less.
    Most(f64),
}

/// The targets of the engine beside others.
pub fn beside(figures: &[Figure]) -> Vec<Target> {
    let pairs = |mine: &str, other: &str| {
        let both = |figure: &Figure| {
            let it = |it: &&Figure| (it.input, it.size, it.engine) == (figure.input, figure.size, other);
            let other = figures.iter().find(it).filter(|_| figure.engine == mine)?;
            let ratios = figure.rates.iter().zip(&other.rates).map(|(mine, other)| mine / other);
            Some(quantile(ratios.collect(), 0.5))
        };
        figures.iter().filter_map(both).collect()
    };
    let bodies = |engine: &str, body: &str, other: &str| {
        let both = |figure: &Figure| {
            // Bodies of one size differ by less than their last record.
            let it = |it: &&Figure| (it.input, it.size >> 10, it.engine) == (other, figure.size >> 10, engine);
            let base = figures.iter().find(it).filter(|_| (figure.input, figure.engine) == (body, engine))?;
            Some(figure.median / base.median)
        };
        figures.iter().filter_map(both).collect()
    };
    use Bound::Least;
    let target = |what, bound, found| Target { what, bound, found };
    vec![
        target(
            "guest by the multi-pattern searcher in the guest",
            Least(2.5),
            pairs("guest", "guest meta multi-pattern"),
        ),
        target("guest by native", Least(0.8), pairs("guest", "native")),
        target("native by vectorscan", Least(8.0), pairs("native", "vectorscan")),
        target("native by dd-sensitive-data-scanner", Least(15.0), pairs("native", "dd-sensitive-data-scanner")),
        target("streamed by one piece", Least(0.95), pairs("native", "native, one piece")),
        target("dense hits by none, native", Least(0.5), bodies("native", "JSON, dense hits", "JSON, no hit")),
        target("dense hits by none, guest", Least(0.5), bodies("guest", "JSON, dense hits", "JSON, no hit")),
        target("JSON by the same bytes as text", Least(0.6), bodies("native", "JSON, no hit", "JSON as text")),
    ]
}

/// The targets of Envoy's CPU time.
pub fn in_envoy(costs: &[Cost]) -> Vec<Target> {
    let of = |listener: &str, size: usize| {
        let it = move |it: &&Cost| it.size >> 10 == size >> 10 && it.listener == listener;
        costs.iter().filter(it).collect::<Vec<_>>()
    };
    let times = |size| of("recommended", size).iter().map(|cost| cost.ratio).collect();
    let (ours, lua) = (of("recommended", 256 << 10), of("Lua, 12 patterns", 256 << 10));
    let by_lua = ours.iter().zip(&lua).map(|(ours, lua)| ours.added_us / lua.added_us).collect();
    vec![
        Target { what: "CPU by no filter, 16 KiB", bound: Bound::Most(1.5), found: times(16 << 10) },
        Target { what: "CPU by no filter, 256 KiB", bound: Bound::Most(3.5), found: times(256 << 10) },
        Target { what: "added CPU by Lua's, 256 KiB", bound: Bound::Most(0.01), found: by_lua },
    ]
}

/// The targets of what must not grow.
pub fn growing(rows: &[Row]) -> Vec<Target> {
    let ratios =
        |name: &str| rows.iter().filter(|row| row.what.starts_with(name)).filter_map(|row| row.ratio).collect();
    let values = |name: &str| rows.iter().filter(|row| row.what == name).map(|row| row.value).collect();
    use Bound::Most;
    let target = |what, bound, found| Target { what, bound, found };
    vec![
        target("time of 400 detectors by 40", Most(1.3), ratios("400 detectors")),
        target("time of 50 rules by one", Most(1.2), ratios("50 rules")),
        target("MiB of a VM", Most(8.0), values("memory of a VM after that")),
        target("ms to configure a VM", Most(25.0), values("starting and configuring a VM")),
    ]
}

/// The targets as a table of Markdown.
pub fn markdown(targets: &[Target]) -> String {
    let mut table = "| target | must | is | met |\n| --- | --- | --- | --- |\n".to_owned();
    for Target { what, bound, found } in targets {
        let must = match bound {
            Bound::Least(least) => format!("at least {least}"),
            Bound::Most(most) => format!("at most {most}"),
        };
        let good = |value: &f64| match bound {
            Bound::Least(least) => value >= least,
            Bound::Most(most) => value <= most,
        };
        let (least, most) = (quantile(found.clone(), 0.0), quantile(found.clone(), 1.0));
        let is = match found.as_slice() {
            [] => "-".to_owned(),
            [_] => format!("{least:.3}"),
            _ => format!("{least:.3} to {most:.3}"),
        };
        let met = match found.iter().filter(|value| good(value)).count() {
            _ if found.is_empty() => "not measured".to_owned(),
            0 => "no".to_owned(),
            all if all == found.len() => "yes".to_owned(),
            some => format!("{some} of {}", found.len()),
        };
        table += &format!("| {what} | {must} | {is} | {met} |\n");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_by_all_by_some_or_by_none() {
        let target = |found: &[f64]| Target { what: "it", bound: Bound::Least(2.0), found: found.to_vec() };
        let lines = markdown(&[target(&[2.0, 3.0]), target(&[1.0, 3.0]), target(&[1.0]), target(&[])]);
        let cells: Vec<&str> = lines.lines().skip(2).filter_map(|line| line.rsplit(" | ").next()).collect();
        assert_eq!(cells, ["yes |", "1 of 2 |", "no |", "not measured |"]);
    }

    #[test]
    fn pairs_are_of_one_body() {
        let figure = |input, engine, rate: f64| Figure {
            input,
            size: 1,
            engine,
            median: rate,
            spread: 0.0,
            ratio: 1.0,
            rates: vec![rate; 3],
        };
        let figures = [figure("a", "guest", 8.0), figure("a", "native", 10.0), figure("b", "native", 5.0)];
        let found = beside(&figures);
        assert_eq!(found.iter().find(|it| it.what == "guest by native").unwrap().found, [0.8]);
    }
}
