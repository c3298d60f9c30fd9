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
    pub(super) fn new(count: usize, mut values: Vec<(usize, T)>) -> Self {
        values.sort_by_key(|(list, _)| *list);
        let mut ends = vec![0_u32; count].into_boxed_slice();
        for (list, _) in &values {
            ends.get_mut(*list).into_iter().for_each(|end| *end += 1);
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        Self { ends, all: values.into_iter().map(|(_, value)| value).collect() }
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
        let rows = Rows::new(4, vec![(2, 'c'), (0, 'a'), (2, 'b')]);
        let all: Vec<&[char]> = (0..5).map(|list| rows.get(list)).collect();
        assert_eq!(all, [&['a'][..], &[], &['c', 'b'], &[], &[]]);
    }
}
