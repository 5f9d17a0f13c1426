// Loaded into a process by NODE_OPTIONS=--import=<this file>: its time of day is off by as many hours as CLOCK_OFF says,
// and its time since boot by as many seconds as UPTIME_OFF says.
import os from 'node:os';

const off = Number(process.env.CLOCK_OFF ?? 0) * 3_600_000;
const Real = Date;
const uptime = os.uptime;

os.uptime = () => uptime() + Number(process.env.UPTIME_OFF ?? 0);

if (off !== 0)
  globalThis.Date = class extends Real {
    constructor(...parts) {
      if (parts.length === 0) super(Real.now() + off);
      else super(...parts);
    }

    static now() {
      return Real.now() + off;
    }
  };
