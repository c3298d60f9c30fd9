//! Lists of values behind one another: thousands of short ones without an allocation each.

/// Lists, by their numbers.
#[derive(Default)]
pub(super) struct Rows<T> {
    /// Where each list ends.
    ends: Box<[u32]>,
    all: Box<[T]>,
}

impl<T: Copy> Rows<T> {
    /// So many lists, from values and the list of each, which keep their order.
    pub(super) fn new(count: usize, values: impl Iterator<Item = (usize, T)> + Clone) -> Self {
        let mut ends = vec![0_u32; count].into_boxed_slice();
        for (list, _) in values.clone() {
            ends.get_mut(list).into_iter().for_each(|count| *count += 1);
        }
        // First where each begins; each value then moves that on.
        let mut sum = 0;
        for start in &mut ends {
            sum += std::mem::replace(start, sum);
        }
        let any = values.clone().next().map(|(_, value)| value);
        let mut all: Box<[T]> = any.into_iter().flat_map(|any| std::iter::repeat_n(any, sum as usize)).collect();
        for (list, value) in values {
            if let Some(at) = ends.get_mut(list)
                && let Some(slot) = all.get_mut(*at as usize)
            {
                *slot = value;
                *at += 1;
            }
        }
        Self { ends, all }
    }

    /// All values, in the order of the lists.
    pub(super) fn all(&self) -> &[T] {
        &self.all
    }

    /// A list; empty for one that there is not.
    #[inline]
    pub(super) fn get(&self, list: usize) -> &[T] {
        let end = |list: usize| self.ends.get(list).map(|&end| end as usize);
        let start = list.checked_sub(1).map_or(Some(0), end);
        start.zip(end(list)).and_then(|(start, end)| self.all.get(start..end)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_has_its_values_in_their_order() {
        let rows = Rows::new(4, [(2, 'c'), (0, 'a'), (2, 'b')].into_iter());
        let all: Vec<&[char]> = (0..5).map(|list| rows.get(list)).collect();
        assert_eq!(all, [&['a'][..], &[], &['c', 'b'], &[], &[]]);
    }
}
