#include "tests/simulation/log_schedule.hpp"

#include <algorithm>
#include <memory>

#include "tests/simulation/histories.hpp"

namespace pakashop::simulation {
namespace {

constexpr std::size_t nodes_max = 3;
constexpr std::size_t readers_max = 2;
constexpr std::array fault_cycle{
    LogFault::none,
    LogFault::truncate,
    LogFault::remove,
    LogFault::none,
    LogFault::none,
    LogFault::truncate,
    LogFault::remove,
    LogFault::none,
    LogFault::move,
    LogFault::flip,
    LogFault::skip
};

/// What may happen next while the faults play.
enum class Step : std::uint8_t {
    land,       ///< A batch arrives, or what the network makes of it.
    report,     ///< A node hears of a batch.
    ask,        ///< A client calls.
    flush,      ///< A node sends what is staged.
    give_up,    ///< A node waits no longer for its batch, or tries again to lead.
    read,       ///< Somebody reads on.
    take_over,  ///< A node leads.
    crash,
    control,   ///< A checkpoint, a resignation, a seal.
    calm_lead  ///< A node leads while nothing else is under way.
};
constexpr std::size_t step_kinds = 10;

class Schedule {
public:
    Schedule(const Rules& rules, LogFault fault, Tape chance, Errands errands)
        : scene_{rules, fault, chance, std::move(errands)},
          tape_{scene_.tape},
          network_{scene_.network} {
        scene_.meanwhile = [this] { meanwhile(); };
        for (std::size_t i = 0; i < nodes_max; ++i) {
            cast_.nodes.push_back(std::make_unique<Node>(scene_, i));
        }
        for (std::size_t i = 0; i < readers_max; ++i) cast_.readers.emplace_back(rules);
        draw_odds();
    }

    void tell(std::function<void(const std::string&)> tell) { scene_.world.tell = std::move(tell); }
    Played run();

private:
    // ---- While the faults play.
    void draw_odds();
    void draw_weights();
    void play();
    bool strike();
    void step(Step what, Node& node);
    void meanwhile();
    void give_up(Node& node);
    void read_on();
    void crash(Node& node);
    void control(Node& node);
    void deliver(std::optional<Delivery> delivery);
    bool known_beyond(std::size_t offset) const;
    Node* any_node();

    // ---- Afterwards.
    void finish();
    void finish_clean(std::size_t first);
    void finish_harmed(std::size_t first);
    void cut_power();
    bool drive(Node& node, const std::vector<std::size_t>& wanted);
    bool push_through(Node& node);
    void settle_all(Node& node);
    void land_and_deliver();
    void read_to_the_end();

    Scene scene_;
    Tape& tape_;
    Network& network_;
    Cast cast_;
    std::uint32_t weights_[step_kinds]{};
    std::size_t favourite_ = 0;
    int depth_ = 0;                ///< Nodes that wait for the log right now.
    std::size_t finish_from_ = 0;  ///< Requests from here on were made after the faults.
    bool went_on_ = false;         ///< On the harmed log somebody led, and wrote more.
};

Played Schedule::run() {
    draw_weights();
    play();
    if (!scene_.world.violated()) finish();
    const LogWorld& world = scene_.world;
    return {world.violations(), world.print(), world.fault(), world.tally};
}

// Each kind of trouble is missing from every third schedule, so that it does not hide another.
void Schedule::draw_odds() {
    const auto up_to = [&](std::uint32_t most) {
        const std::uint32_t odds = tape_.below(most);
        return tape_.below(3) == 0 ? 0 : odds;
    };
    network_.odds = {up_to(250), up_to(300), up_to(400), up_to(300), up_to(40)};
}

void Schedule::draw_weights() {
    const bool moving = scene_.world.fault() == LogFault::move;
    const bool busy = tape_.in_thousand(500);
    const std::uint32_t weights[step_kinds] = {
        busy ? 8U : 5U,
        busy ? 8U : 4U,
        9,
        8,
        1 + tape_.below(3),
        1 + tape_.below(4),
        tape_.below(3),
        tape_.below(2),
        moving ? 2U : tape_.below(2),
        1
    };
    std::ranges::copy(weights, weights_);
    favourite_ = tape_.below(nodes_max);
}

void Schedule::play() {
    const std::uint32_t steps = (20 + tape_.below(80)) * (tape_.in_thousand(80) ? 3 : 1);
    cast_.nodes[favourite_]->lead();
    for (std::uint32_t i = 0; i < steps && !scene_.world.violated(); ++i) {
        if (tape_.in_thousand(60) && strike()) continue;
        const Step next = static_cast<Step>(tape_.weighted(weights_));
        if (Node* const node = any_node()) step(next, *node);
    }
}

bool Schedule::strike() {
    LogWorld& world = scene_.world;
    if (!world.clean()) return false;
    const auto known = [this](std::size_t offset) { return known_beyond(offset); };
    const bool harmed = world.strike(tape_, known);
    if (harmed) scene_.say("the log is harmed; it holds ", std::to_string(world.size()));
    const bool strayed = !harmed && world.lead_astray(tape_, cast_.readers.front());
    if (strayed) scene_.say("a reader goes astray");
    return harmed || strayed;
}

// One node is asked more often than the others; those that wait for the log do nothing else.
Node* Schedule::any_node() {
    const std::size_t which = tape_.in_thousand(500) ? favourite_ : tape_.below(nodes_max);
    Node& node = *cast_.nodes[which];
    return node.busy() || node.role() == Role::stopped ? nullptr : &node;
}

void Schedule::step(Step what, Node& node) {
    node.take_completions();
    if (node.role() == Role::stopped) return;
    switch (what) {
        case Step::land:
            return network_.land_some();
        case Step::report:
            return deliver(network_.next_report());
        case Step::ask:
            if (node.leads()) node.ask(tape_.below(errands_while_playing));
            return;
        case Step::flush:
            return node.flush();
        case Step::give_up:
            return give_up(node);
        case Step::read:
            return read_on();
        case Step::take_over:
            if (node.role() == Role::follower) node.lead();
            return;
        case Step::crash:
            return crash(node);
        case Step::control:
            return control(node);
        case Step::calm_lead:
            if (node.role() == Role::follower && network_.empty()) node.lead();
    }
}

// A node waits for the log: the network goes on, and sometimes so do the others.
void Schedule::meanwhile() {
    if (scene_.calm) return land_and_deliver();
    ++depth_;
    for (std::uint32_t i = tape_.below(4); i > 0; --i) {
        const std::uint32_t what = tape_.below(depth_ > 2 ? 8 : 10);
        if (what < 5) {
            network_.land_some();
        } else if (what < 8) {
            deliver(network_.next_report());
        } else if (Node* const other = any_node()) {
            step(static_cast<Step>(tape_.weighted(weights_)), *other);
        }
    }
    --depth_;
}

void Schedule::give_up(Node& node) {
    if (node.waits()) {
        node.time_out();
        node.take_completions();
    } else if (node.role() == Role::leader && !node.leads()) {
        node.lead();
    }
}

void Schedule::read_on() {
    const std::size_t who = tape_.below(nodes_max + readers_max);
    if (who < nodes_max) {
        Node& node = *cast_.nodes[who];
        if (!node.busy()) node.follow();
        return;
    }
    Reader& reader = cast_.readers[who - nodes_max];
    for (std::uint32_t i = 1 + tape_.below(8); i > 0; --i) scene_.world.read(reader);
}

// A crash takes all of the replica, or what was not synced, or nothing.
void Schedule::crash(Node& node) {
    ++scene_.world.tally.crashes;
    const std::size_t all = node.store().size();
    const std::size_t some = tape_.below_size(all + 1);
    const std::size_t kept[] = {all, some, 0};
    scene_.say("a crash");
    node.restart(kept[tape_.below(3)]);
}

void Schedule::control(Node& node) {
    if (tape_.in_thousand(600)) return node.checkpoint();
    const bool moving = scene_.world.fault() == LogFault::move;
    moving ? node.seal() : node.resign();
}

void Schedule::deliver(std::optional<Delivery> delivery) {
    if (!delivery) return;
    Node& node = *cast_.nodes[delivery->node];
    if (node.role() == Role::stopped) return;
    node.take(*delivery);
    node.take_completions();
}

bool Schedule::known_beyond(std::size_t offset) const {
    const auto reader_knows = [&](const Reader& reader) {
        return reader.offset > offset && !reader.halted();
    };
    const auto node_knows = [&](const auto& node) {
        return node->place() > offset && node->role() != Role::stopped;
    };
    return std::ranges::any_of(cast_.readers, reader_knows) ||
           std::ranges::any_of(cast_.nodes, node_knows);
}

// ---------------------------------------------------------------- afterwards

void Schedule::land_and_deliver() {
    network_.land_all();
    while (const auto delivery = network_.oldest_report()) {
        Node& node = *cast_.nodes[delivery->node];
        if (node.role() != Role::stopped) node.take(*delivery);
    }
}

// Whatever the node has sent gets an outcome.
void Schedule::settle_all(Node& node) {
    land_and_deliver();
    node.take_completions();
    while (node.role() != Role::stopped && node.waits()) {
        node.time_out();
        node.take_completions();
    }
}

// One round of a node whose network is whole; false once it cannot go on.
bool Schedule::push_through(Node& node) {
    settle_all(node);
    if (node.role() != Role::stopped && !node.leads()) node.lead();
    if (node.role() == Role::stopped || node.sealed()) return false;
    node.flush();
    settle_all(node);
    return node.role() != Role::stopped;
}

// Leads, and asks until every errand of `wanted` is answered; true when that is so.
bool Schedule::drive(Node& node, const std::vector<std::size_t>& wanted) {
    const auto missing = [&](std::size_t errand) {
        return !scene_.clients.finished(errand, finish_from_);
    };
    for (int round = 0; round < 40; ++round) {
        const bool done = std::ranges::none_of(wanted, missing);
        if (done && node.leads() && node.idle()) return true;
        if (!push_through(node)) return false;
        if (!node.leads() || !node.idle()) continue;
        for (const std::size_t errand : wanted) {
            if (missing(errand)) node.ask(errand);
        }
    }
    return std::ranges::none_of(wanted, missing);
}

void Schedule::finish() {
    scene_.say("the faults are over");
    const std::vector<Produce> late = network_.hold_back();
    network_.lose_reports();
    network_.odds = {};
    scene_.calm = true;
    for (const auto& node : cast_.nodes) {
        const bool waits = node->role() != Role::stopped && node->waits();
        if (!waits || !tape_.in_thousand(500)) continue;
        node->time_out();
        node->take_completions();
    }
    finish_from_ = scene_.clients.requests().size();
    const std::size_t first = tape_.below(nodes_max);
    scene_.world.clean() ? finish_clean(first) : finish_harmed(first);
    for (const Produce& produce : late) {
        for (const WirePointer& wire : produce.wires) scene_.world.land(wire);
    }
    read_to_the_end();
}

void Schedule::read_to_the_end() {
    for (const auto& node : cast_.nodes) node->retire();
    for (Reader& reader : cast_.readers) {
        while (scene_.world.read(reader)) continue;
    }
    compare_histories(scene_, cast_, went_on_);
}

void Schedule::finish_clean(std::size_t first) {
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < errands_while_playing; ++i) wanted.push_back(i);
    bool whole = drive(*cast_.nodes[first], wanted);
    for (std::size_t i = 0; i < 2 && !scene_.world.sealed(); ++i) {
        wanted.push_back(errands_while_playing + i);
        whole = drive(*cast_.nodes[(first + i) % nodes_max], wanted);
    }
    if (!scene_.world.sealed() && !whole) scene_.world.report(Violation::starved);
    const bool seals = scene_.world.fault() == LogFault::move && !scene_.world.sealed();
    if (!seals || scene_.world.violated()) return;
    Node& last = *cast_.nodes[(first + 1) % nodes_max];
    if (drive(last, {})) last.seal();
}

// Every node dies, and starts again with all it had.
void Schedule::cut_power() {
    scene_.say("a power cut");
    for (const auto& node : cast_.nodes) {
        if (node->role() != Role::stopped) node->restart(node->store().size());
    }
}

// On a harmed log nobody has to finish; but whoever still serves must not tell two histories. Now
// and then few write more, or nobody does: what the log has lost is then not written over, and no
// new record tells a reader that its place is gone. And sometimes one begins with nothing.
void Schedule::finish_harmed(std::size_t first) {
    if (tape_.in_thousand(300)) cut_power();
    const std::size_t leading = tape_.in_thousand(300) ? tape_.below(nodes_max) : nodes_max;
    std::size_t errand = errands_while_playing;
    const auto write_more = [&](Node& node) {
        for (int twice = 0; twice < 2 && node.role() != Role::stopped; ++twice) {
            went_on_ |= drive(node, {errand++});
        }
    };
    for (std::size_t i = 0; i < leading; ++i) write_more(*cast_.nodes[(first + i) % nodes_max]);
    Node& last = *cast_.nodes[first];
    if (last.role() == Role::stopped || !tape_.in_thousand(300)) return;
    last.restart(0);
    write_more(last);
}

}  // namespace

Played play_log_schedule(
    const Rules& rules,
    std::uint64_t seed,
    std::uint64_t number,
    std::function<void(const std::string&)> tell
) {
    const LogFault fault = fault_cycle[number % fault_cycle.size()];
    Tape mix{seed * 0x100000001b3ULL + number};
    const std::uint64_t own = static_cast<std::uint64_t>(mix.draw()) << 32 | mix.draw();
    Schedule schedule{rules, fault, Tape{own}, draw_errands(mix)};
    schedule.tell(std::move(tell));
    return schedule.run();
}

}  // namespace pakashop::simulation
