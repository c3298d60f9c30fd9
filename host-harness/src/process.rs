//! Child processes that do not outlive us.
//!
//! Each child leads its own process group, so that what it starts goes with it and a Ctrl-C meant for us does not reach
//! it first. A watcher holds the other end of a pipe that only we keep open: when we end in whatever way, even by
//! SIGKILL, it reads the end of the pipe and kills the group.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long to sleep between two looks at a child.
const POLL: Duration = Duration::from_millis(10);

/// Reads one line; if the pipe ends without one, kills the group.
const WATCH: &str = r#"trap "" INT TERM HUP; read -r line || kill -s KILL -- "-$1""#;

/// A running child. Dropping it kills it.
#[derive(Debug)]
pub struct Leashed {
    child: Child,
    watcher: Child,
}

impl Leashed {
    /// Starts `command` in a process group of its own, with nothing on its standard input.
    ///
    /// # Errors
    /// What starting it says, or starting the `sh` that watches it; nothing is left running then.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let watcher = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(child.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match watcher {
            Ok(watcher) => Ok(Self { child, watcher }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// The child's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The child itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// What the system says.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// What the system says.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    /// Waits until it ends by itself, at most until `deadline`.
    ///
    /// # Errors
    /// What the system says.
    pub fn wait_until(&mut self, deadline: Instant) -> io::Result<Option<ExitStatus>> {
        loop {
            let status = self.try_wait()?;
            if status.is_some() || Instant::now() >= deadline {
                return Ok(status);
            }
            std::thread::sleep(POLL);
        }
    }

    /// Asks it to end by SIGTERM, and kills it if it has not within `grace`.
    ///
    /// # Errors
    /// What the system says.
    pub fn stop(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        if let Some(status) = self.try_wait()? {
            return Ok(status);
        }
        self.signal(Signal::TERM);
        match self.wait_until(Instant::now() + grace)? {
            Some(status) => Ok(status),
            None => {
                self.signal(Signal::KILL);
                self.wait()
            }
        }
    }

    fn signal(&self, signal: Signal) {
        // The group may be gone already: then there is nothing to signal.
        let _ = kill_process_group(Pid::from_child(&self.child), signal);
    }
}

impl Drop for Leashed {
    fn drop(&mut self) {
        // Whatever the child started goes too, also when the child itself is gone; its number is not reused before
        // the last of its group has ended.
        self.signal(Signal::KILL);
        let _ = self.child.wait();
        if let Some(mut pipe) = self.watcher.stdin.take() {
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.watcher.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive(id: u32) -> bool {
        Command::new("sh").args(["-c", &format!("kill -0 {id}")]).stderr(Stdio::null()).status().unwrap().success()
    }

    #[test]
    fn stops_by_sigterm_then_by_sigkill() {
        let mut mild = Leashed::spawn(Command::new("sleep").arg("60")).unwrap();
        assert!(!mild.stop(Duration::from_secs(5)).unwrap().success());
        let mut command = Command::new("sh");
        let mut deaf =
            Leashed::spawn(command.args(["-c", "trap '' TERM; echo ready; sleep 60"]).stdout(Stdio::piped()));
        let deaf = deaf.as_mut().unwrap();
        let mut line = [0; 6];
        io::Read::read_exact(deaf.child().stdout.as_mut().unwrap(), &mut line).unwrap();
        let before = Instant::now();
        deaf.stop(Duration::from_millis(100)).unwrap();
        assert!(before.elapsed() >= Duration::from_millis(100));
    }

    #[test]
    fn dropping_kills_the_group() {
        let mut command = Command::new("sh");
        let mut parent =
            Leashed::spawn(command.args(["-c", "sleep 60 & echo $!; wait"]).stdout(Stdio::piped())).unwrap();
        let mut line = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(parent.child().stdout.as_mut().unwrap()), &mut line).unwrap();
        let grandchild = line.trim().parse().unwrap();
        assert!(alive(grandchild));
        drop(parent);
        let deadline = Instant::now() + Duration::from_secs(5);
        while alive(grandchild) {
            assert!(Instant::now() < deadline, "the grandchild outlived its group");
            std::thread::sleep(POLL);
        }
    }

    #[test]
    fn the_watcher_kills_when_the_pipe_ends() {
        let mut leashed = Leashed::spawn(Command::new("sleep").arg("60")).unwrap();
        drop(leashed.watcher.stdin.take());
        let status = leashed.wait_until(Instant::now() + Duration::from_secs(5)).unwrap();
        assert!(status.is_some(), "still running after its owner's pipe ended");
    }
}
