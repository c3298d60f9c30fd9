//! Work by several threads, whose results come in the order of the work.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Gives each of `jobs` to one of up to `threads` workers, and each result to `done` in the order of the jobs. At most
/// twice as many jobs as threads are under way. A worker is made on its thread by `worker`, and no sooner than there is
/// work for it.
///
/// # Errors
/// The first of `jobs` and `done`.
pub fn in_order<Job: Send, Output: Send, Worker: FnMut(Job) -> Output>(
    threads: usize,
    worker: impl Fn() -> Worker + Sync,
    mut jobs: impl FnMut() -> io::Result<Option<Job>>,
    mut done: impl FnMut(Output) -> io::Result<()>,
) -> io::Result<()> {
    let (queue, waiting) = sync_channel::<(Job, SyncSender<Output>)>(2 * threads);
    let (waiting, worker) = (&Mutex::new(waiting), &worker);
    thread::scope(move |scope| {
        // Dropped at the end of this, whichever: that ends the workers, for which the scope waits.
        let queue = queue;
        let mut under_way = VecDeque::new();
        let mut started = 0;
        while let Some(job) = jobs()? {
            if started < threads && started <= under_way.len() {
                scope.spawn(move || work(waiting, worker()));
                started += 1;
            }
            if under_way.len() >= 2 * threads {
                next(&mut under_way, &mut done)?;
            }
            let (answer, output) = sync_channel(1);
            under_way.push_back(output);
            queue.send((job, answer)).map_err(|_| gone())?;
        }
        while !under_way.is_empty() {
            next(&mut under_way, &mut done)?;
        }
        Ok(())
    })
}

fn next<Output>(
    under_way: &mut VecDeque<Receiver<Output>>,
    done: &mut impl FnMut(Output) -> io::Result<()>,
) -> io::Result<()> {
    let Some(output) = under_way.pop_front() else { return Ok(()) };
    done(output.recv().map_err(|_| gone())?)
}

/// Its own panic has told why.
fn gone() -> io::Error {
    io::Error::other("a thread ended before its work was done")
}

fn work<Job, Output>(waiting: &Mutex<Receiver<(Job, SyncSender<Output>)>>, mut worker: impl FnMut(Job) -> Output) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((job, answer)) = job else { return };
        // Nobody waits any more: an error has ended it.
        let _ = answer.send(worker(job));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_come_in_order_whoever_is_faster() {
        let workers = AtomicUsize::new(0);
        let (mut from, mut seen) = (0..200_u64, Vec::new());
        let worker = || {
            workers.fetch_add(1, Ordering::Relaxed);
            |job: u64| {
                thread::sleep(Duration::from_micros(job * 7919 % 500));
                job * 2
            }
        };
        let done = |output| {
            seen.push(output);
            Ok(())
        };
        in_order(3, worker, || Ok(from.next()), done).unwrap();
        assert_eq!(seen, (0..200).map(|job| job * 2).collect::<Vec<_>>());
        assert_eq!(workers.into_inner(), 3);
    }

    #[test]
    fn one_job_needs_one_worker_and_none_needs_none() {
        for count in [0, 1] {
            let workers = AtomicUsize::new(0);
            let mut from = 0..count;
            let worker = || {
                workers.fetch_add(1, Ordering::Relaxed);
                |job: usize| job
            };
            in_order(8, worker, || Ok(from.next()), |_| Ok(())).unwrap();
            assert_eq!(workers.into_inner(), count);
        }
    }

    #[test]
    fn an_error_on_either_side_ends_it() {
        let failing = |_| Err(io::Error::other("full"));
        let error = in_order(2, || |job: u8| job, || Ok(Some(1)), failing).unwrap_err();
        assert_eq!(error.to_string(), "full");
        let error = in_order(2, || |job: u8| job, || Err(io::Error::other("torn")), |_| Ok(())).unwrap_err();
        assert_eq!(error.to_string(), "torn");
    }
}
