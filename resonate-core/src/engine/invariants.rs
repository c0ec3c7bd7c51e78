//! What must hold of everything kept, after every step.
