"""Exact dispatch of one battery by value curves: plain functions on arrays, compiled by `compiled.py`.

In hour t the load before the battery is n0 = load - output of the plants. The sources, in order of their price, make a
convex cost F_t(n) of serving n. The battery moves y of stored energy:

    phi_t(y) = F_t(n0 + y / eta_c) for y >= 0,  F_t(n0 + y eta_d) for y < 0,   -P / eta_d <= y <= eta_c P
    J_t(s)   = min_y phi_t(y) + J_{t+1}(s + y),   0 <= s + y <= E

`-dJ_t/ds`, the value of one more stored MWh, is a decreasing step function of length E. One hour merges the steps of
`-dphi_t/dy` into it by height, drops eta_c P at the high end and P / eta_d at the low end. Steps of equal height merge, so
that lists stay short (about 2 E / P steps). The year is a circle: laps are run until the curves repeat.
"""

from typing import Any

import numpy as np

THIN_MWH = 1e-11
"""A shorter step joins its neighbour."""

NEAR_MWH = 1e-8
"""A state closer than this to a corner is on it."""

MOST_LAPS = 40
"""Laps of the year after which the store is taken not to come round; two or three are usual."""

SAME_MWH = 1e-9
"""Difference of two laps below which they are the same."""


def write_steps(
    net_load: Any, price: Any, availability: Any, capacity: Any, is_sale: Any, unserved: float, power: float,
    charge: float, discharge: float, height: Any, length: Any, n_charge: Any, n_steps: Any,
) -> None:  # fmt: skip
    """Write the steps of every hour, highest first: cost of charging a stored MWh, then saving by discharging one."""
    n_sources, n_hours = price.shape
    upto, cost = np.empty(n_sources + 2), np.empty(n_sources + 2)
    order = np.empty(n_sources, np.int64)
    for t in range(n_hours):
        m, below = 0, 0.0
        for b in range(n_sources):
            if capacity[b] * availability[b, t] <= 0.0 or (is_sale[b] and price[b, t] <= 0.0):
                continue
            if is_sale[b]:
                below -= capacity[b] * availability[b, t]
            i = m
            while i > 0 and price[order[i - 1], t] > price[b, t]:
                order[i] = order[i - 1]
                i -= 1
            order[i] = b
            m += 1
        upto[0], cost[0] = below, 0.0
        for i in range(m):
            b = order[i]
            upto[i + 1] = upto[i] + capacity[b] * availability[b, t]
            cost[i + 1] = price[b, t]
        upto[m + 1], cost[m + 1] = np.inf, unserved
        here = 0
        while upto[here] < net_load[t]:
            here += 1
        k, rest, at, i, thin = 0, power, net_load[t], here, 0.0
        while rest > 0.0:  # charging climbs the merit order
            q = min(upto[i] - at, rest)
            if q > THIN_MWH:
                height[t, k] = cost[i] / charge
                length[t, k] = (q + thin) * charge
                thin = 0.0
                k += 1
            else:
                thin += q
            at = upto[i]
            rest -= q
            i += 1
        for i in range(k // 2):
            high, long = height[t, i], length[t, i]
            height[t, i], length[t, i] = height[t, k - 1 - i], length[t, k - 1 - i]
            height[t, k - 1 - i], length[t, k - 1 - i] = high, long
        n_charge[t] = k
        rest, at, i, thin = power, net_load[t], here, 0.0
        while rest > 0.0:  # discharging descends it
            q = rest if i == 0 else min(at - upto[i - 1], rest)
            if q > THIN_MWH:
                height[t, k] = cost[i] * discharge
                length[t, k] = (q + thin) / discharge
                thin = 0.0
                k += 1
            else:
                thin += q
            if i > 0:
                at = upto[i - 1]
            rest -= q
            i -= 1
        n_steps[t] = k


def backward(
    height: Any,
    length: Any,
    n_steps: Any,
    full_charge: float,
    energy: float,
    value: Any,
    size: Any,
    start: Any,
    count: Any,
) -> int:
    """Write the value curve of every hour into one pool and return its length; -1 where the pool is too small."""
    n_hours = n_steps.size
    start[n_hours], count[n_hours], head = 0, 1, 1
    value[0], size[0] = 0.0, energy
    for lap in range(MOST_LAPS):
        same = False
        for t in range(n_hours - 1, -1, -1):
            o = start[t + 1]
            end = o + count[t + 1]
            if head + count[t + 1] + n_steps[t] > value.size:
                return -1
            w, i, skip, rest, thin = head, 0, full_charge, energy, 0.0
            while rest > 1e-12:
                if o < end and (i >= n_steps[t] or value[o] > height[t, i]):
                    h, q = value[o], size[o]
                    o += 1
                elif i < n_steps[t]:
                    h, q = height[t, i], length[t, i]
                    i += 1
                else:
                    break
                if skip > 0.0:
                    if q <= skip:
                        skip -= q
                        continue
                    q -= skip
                    skip = 0.0
                q = min(q, rest)
                rest -= q
                q += thin
                thin = 0.0
                if q <= THIN_MWH:
                    thin = q
                elif w > head and value[w - 1] == h:
                    size[w - 1] += q
                else:
                    value[w], size[w] = h, q
                    w += 1
            if lap > 0 and count[t] == w - head:
                same = True
                for i in range(w - head):
                    if value[head + i] != value[start[t] + i] or abs(size[head + i] - size[start[t] + i]) > SAME_MWH:
                        same = False
                        break
                if same:
                    break
            start[t], count[t], head = head, w - head, w
        if same:
            break
        start[n_hours], count[n_hours] = start[0], count[0]
    return int(head)


def forward(
    height: Any, length: Any, n_charge: Any, n_steps: Any, full_charge: float, energy: float, charge: float, discharge: float,
    value: Any, size: Any, start: Any, count: Any, energy_price: Any, stored_price: Any, stored: Any,
) -> None:  # fmt: skip
    """Follow the value curves: stored energy, its price, and the price of energy in every hour."""
    n_hours = n_steps.size
    s, worth = 0.5 * energy, 0.0
    for lap in range(MOST_LAPS):
        begin, met = s, False
        for t in range(n_hours):
            if lap > 0 and abs(s - stored[t]) < SAME_MWH and abs(worth - stored_price[t]) < 1e-9 * (1.0 + worth):
                met = True
                break
            m, c, o = n_steps[t], n_charge[t], start[t + 1]
            end = o + count[t + 1]
            left, i, kept, u, q, part = s + full_charge, 0, 0.0, 0.0, 0.0, -1
            while True:
                if o < end and (i >= m or value[o] > height[t, i]):
                    u, q = value[o], size[o]
                    o += 1
                    if q >= left - NEAR_MWH:
                        kept += min(q, left)
                        q -= left
                        break
                    kept += q
                elif i < m:
                    u, q = height[t, i], length[t, i]
                    i += 1
                    if q >= left - NEAR_MWH:
                        q -= left
                        if q >= NEAR_MWH:
                            part = i - 1
                        break
                else:
                    break
                left -= q
            # on a corner any price between its two steps holds: the last hour's is kept where it fits
            high, low = (u if left > NEAR_MWH else np.inf), u
            if q < NEAR_MWH:
                low = height[t, i] if i < m else 0.0
                if o < end and value[o] > low:
                    low = value[o]
            u = min(max(worth, low), high)
            stored[t], stored_price[t], worth, s = s, worth, u, min(kept, energy)
            if part >= 0:
                energy_price[t] = u * charge if part < c else u / discharge
            elif m == 0:
                energy_price[t] = 0.0
            else:
                a, b = max(i - 1, 0), min(i, m - 1)
                above = height[t, a] * charge if a < c else height[t, a] / discharge
                under = height[t, b] * charge if b < c else height[t, b] / discharge
                energy_price[t] = min(max(u / discharge if i > c else u * charge, under), above)
        if not met:
            stored_price[n_hours] = worth
        stored[n_hours] = stored[0] if met else s
        if met or abs(s - begin) < SAME_MWH:
            break


def write_cut(
    load: Any, capacity_factor: Any, price: Any, availability: Any, is_sale: Any, charge: float, discharge: float,
    energy_price: Any, stored_price: Any, by_plant: Any, by_source: Any, by_battery: Any,
) -> float:  # fmt: skip
    """Write the slopes of the cut that any prices of energy and of stored energy give; return its constant.

    With l the price of energy, m that of stored energy (m_0 = m_T), weak duality gives for ANY capacities

        cost >= sum_t l_t load_t - sum_r z_r sum_t l_t cf_rt - sum_b (M z)_b sum_t avail_bt (l_t - p_bt)^+
                - P sum_t [(eta_c m_{t+1} - l_t)^+ + (l_t - m_{t+1} / eta_d)^+] - E sum_t (m_{t+1} - m_t)^+

    with (p_bt - l_t)^+ for a sale, for prices of energy from 0 to that of unserved load.
    """
    n_hours = load.size
    constant = 0.0
    for t in range(n_hours):
        constant += energy_price[t] * load[t]
    for r in range(capacity_factor.shape[0]):
        a = 0.0
        for t in range(n_hours):
            a += energy_price[t] * capacity_factor[r, t]
        by_plant[r] = -a
    for b in range(price.shape[0]):
        a, sign = 0.0, -1.0 if is_sale[b] else 1.0
        for t in range(n_hours):
            a += max(sign * (energy_price[t] - price[b, t]), 0.0) * availability[b, t]
        by_source[b] = -a
    a = 0.0
    for t in range(n_hours):
        a += max(stored_price[t + 1] * charge - energy_price[t], 0.0)
        a += max(energy_price[t] - stored_price[t + 1] / discharge, 0.0)
    by_battery[0] = -a
    a = max(stored_price[1] - stored_price[n_hours], 0.0)
    for t in range(1, n_hours):
        a += max(stored_price[t + 1] - stored_price[t], 0.0)
    by_battery[1] = -a
    return constant


def write_outputs(
    net_load: Any, stored: Any, price: Any, availability: Any, capacity: Any, is_sale: Any, charge: float, discharge: float,
    unserved_mwh: Any, output: Any,
) -> None:  # fmt: skip
    """Write the output of every source, and the load not served, that the stored energy leaves in every hour.

    A remainder that does not close the circle is taken back in the last hour.
    """
    n_sources, n_hours = price.shape
    slip = stored[n_hours] - stored[0]
    done = np.empty(n_sources, np.bool_)
    for t in range(n_hours):
        y = stored[t + 1] - stored[t] - (slip if t == n_hours - 1 else 0.0)
        need = net_load[t] + (y / charge if y > 0.0 else y * discharge)
        for b in range(n_sources):
            output[b, t] = 0.0
            done[b] = capacity[b] * availability[b, t] <= 0.0 or (is_sale[b] and price[b, t] <= 0.0)
            if is_sale[b] and not done[b]:
                need += capacity[b] * availability[b, t]
                output[b, t] = capacity[b] * availability[b, t]
        unserved_mwh[t] = 0.0
        while need > 0.0:
            k = -1
            for b in range(n_sources):
                if not done[b] and (k < 0 or price[b, t] < price[k, t]):
                    k = b
            if k < 0:
                unserved_mwh[t] = need
                break
            q = min(need, capacity[k] * availability[k, t])
            output[k, t] += -q if is_sale[k] else q
            need -= q
            done[k] = True
