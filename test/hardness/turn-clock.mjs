// Loaded into a process by NODE_OPTIONS=--import=<this file>: its time of day is off by as many hours as CLOCK_OFF says.
const off = Number(process.env.CLOCK_OFF) * 3_600_000;
const Real = Date;

globalThis.Date = class extends Real {
  constructor(...parts) {
    if (parts.length === 0) super(Real.now() + off);
    else super(...parts);
  }

  static now() {
    return Real.now() + off;
  }
};
