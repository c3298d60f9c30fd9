//! The engine in a browser. Empty until the playground is built.
