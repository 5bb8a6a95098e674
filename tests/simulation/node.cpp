#include "tests/simulation/node.hpp"

#include <algorithm>
#include <utility>

#include "handlers/process_place.hpp"

namespace pakashop::simulation {
namespace {

constexpr std::size_t flights_max = 3;
constexpr std::size_t batch_records_max = 4;
constexpr std::size_t read_bytes = 1024;
constexpr std::uint64_t heads_remembered = 64;  // By the fold.
constexpr std::uint32_t other_bodies = 30;      // In a thousand calls.
constexpr std::uint32_t disk_failures = 10;     // In a thousand completions or reads.

constexpr std::string_view text_of(Outcome::Kind kind) {
    constexpr std::array<std::string_view, 9> names{
        "success",
        "refused",
        "key reused",
        "overloaded",
        "log unavailable",
        "not leading",
        "storage low",
        "too large",
        "halted"
    };
    return names[static_cast<std::size_t>(kind)];
}

constexpr std::string_view text_of(AppendOutcome outcome) {
    constexpr std::array<std::string_view, 4> names{
        "durable", "unknown", "regressed", "storage low"
    };
    return names[static_cast<std::size_t>(outcome)];
}

}  // namespace

Node::Life::Life(
    Scene& scene,
    std::size_t index,
    std::uint32_t number,
    NodeStore& store,
    Node& node
)
    : log{scene,
          index,
          store.next_offset(partition),
          store,
          [this]() -> const Admission& { return shard.admission(); }},
      replicated{log, store},
      shard{
          partition,
          replicated,
          store,
          vault,
          node_id(number),
          {.batch_records_max = batch_records_max},
          [&node](const std::shared_ptr<const Commit>& commit) { node.hear(*commit); }
      } {}

Node::Node(Scene& scene, std::size_t index)
    : scene_{scene}, index_{index}, store_{scene.rules, scene.world} {
    start_life();
}

std::string Node::name() const { return "node " + std::to_string(index_); }

bool Node::disk_fails() { return !scene_.calm && scene_.tape.in_thousand(disk_failures); }

void Node::start_life() {
    life_number_ = scene_.next_life++;
    store_.start_early(scene_.tape.below(4));
    life_ = std::make_unique<Life>(scene_, index_, life_number_, store_, *this);
    role_ = Role::follower;
    unled_ = Outcome::Kind::not_leading;
    heard_ = store_.seq();
    checked_ = log().place();
}

void Node::restart(std::size_t records) {
    flights_.clear();
    life_.reset();
    store_.set_back(records);
    if (records == 0) saw_other_ = false;
    start_life();
    scene_.say(
        name(),
        " starts as life ",
        std::to_string(life_number_),
        " with ",
        std::to_string(store_.size()),
        " records"
    );
}

void Node::stop() {
    if (role_ == Role::stopped) return;
    role_ = Role::stopped;
    scene_.world.note_halt();
    scene_.say(name(), " stops: an operator decides");
}

void Node::ask(std::size_t errand) {
    const bool other_body = !scene_.calm && scene_.tape.in_thousand(other_bodies);
    const std::size_t request = scene_.clients.ask(errand, other_body, life_number_);
    scene_.say(name(), " is asked for ", text_of(scene_.errands[errand], errand));
    const bool shown = other_body && scene_.rules.compares_bodies;
    Command command = command_of(scene_.errands[errand], errand, shown);
    command.reply = [this, request](const Outcome& outcome) {
        const bool committed = outcome.kind == Outcome::Kind::committed;
        scene_.say(
            name(),
            " answers errand ",
            std::to_string(scene_.clients.request(request).errand),
            ": ",
            text_of(outcome.kind),
            outcome.replayed ? ", as before" : ""
        );
        const Footing footing = committed ? store_.footing(outcome.commit->seq) : Footing{};
        scene_.clients.answer(request, outcome, footing);
    };
    if (unled_) return command.reply({.kind = *unled_});
    if (!answers_rashly(request)) shard().submit(std::move(command));
}

// For the controls: what the command comes to is told without waiting for anything.
bool Node::answers_rashly(std::size_t request) {
    const Rules& rules = scene_.rules;
    if (rules.refuses_what_is_so && rules.commits_what_is_so) return false;
    const std::size_t number = scene_.clients.request(request).errand;
    if (store_.find_command(partition, errand_id(number)) || shard().halted()) return false;
    const Errand& errand = scene_.errands[number];
    const auto decision = decide(shard().read(errand.stream), errand.command);
    if (!decision && !rules.refuses_what_is_so) {
        scene_.clients.answer_refused(request, decision.error());
        return true;
    }
    if (!decision || !decision->empty() || rules.commits_what_is_so) return false;
    scene_.clients.answer_already_so(request);
    return true;
}

void Node::flush() {
    if (role_ != Role::leader || !shard().has_staged()) return;
    if (flights_.size() >= flights_max) return;
    const bool zombie = scene_.world.truth().fold().epoch() != shard().admission().epoch();
    scene_.world.tally.zombies += zombie;
    const Shard::Flight flight = shard().begin_flight();
    const PartitionBatch batch = shard().encode(flight);
    flights_.push_back({life_->replicated.begin_append({&batch, 1}), batch.records.size()});
    scene_.say(
        name(),
        " sends ",
        std::to_string(batch.records.size()),
        " from #",
        std::to_string(batch.records.front().record->seq)
    );
}

AppendOutcome Node::outcome_of_oldest() {
    Flight flight = std::move(flights_.front());
    flights_.pop_front();
    store_.fail(disk_fails());
    store_.acknowledging(true);
    const AppendOutcome outcome = flight.outcomes.get().front();
    store_.acknowledging(false);
    store_.fail(false);
    if (outcome == AppendOutcome::durable) log().move_to(place() + flight.records);
    scene_.say(name(), "'s batch is ", text_of(outcome));
    return outcome;
}

void Node::take_completions() {
    if (role_ == Role::stopped || busy_) return;
    busy_ = true;
    std::optional<AppendOutcome> failed;
    while (!failed && flights_.size() > log().waiting()) {
        const AppendOutcome outcome = outcome_of_oldest();
        if (outcome != AppendOutcome::durable) {
            failed = outcome;
        } else {
            shard().settle(outcome);
            checked_ = log().place();
        }
    }
    busy_ = false;
    check();
    if (failed) settle_failure(*failed);
}

// As Engine does it: what follows a batch that failed has failed with it.
void Node::settle_failure(AppendOutcome outcome) {
    busy_ = true;
    while (!flights_.empty()) outcome_of_oldest();
    busy_ = false;
    const bool settled = shard().settle(outcome);
    if (shard().halted()) return stop();
    if (settled) return;
    if (!scene_.tape.in_thousand(200)) return lead();
    shard().give_up(Outcome::Kind::not_leading);
    restart(store_.size());
}

void Node::lead() {
    if (role_ == Role::stopped || !flights_.empty() || sealed()) return;
    busy_ = true;
    scene_.say(name(), " takes the lead");
    const auto led = shard().lead(errand_time);
    busy_ = false;
    check();
    if (led) {
        scene_.say(name(), " leads epoch ", std::to_string(shard().admission().epoch()));
        ++scene_.world.tally.leads;
        role_ = Role::leader;
        unled_.reset();
        return;
    }
    if (led.error() == LeadFailure::damaged || shard().halted()) return stop();
    scene_.say(name(), " does not come to lead");
    unled_ = Outcome::Kind::log_unavailable;
    if (role_ == Role::follower) restart(store_.size());
}

void Node::follow() {
    if (role_ != Role::follower) return;
    busy_ = true;
    store_.fail(disk_fails());
    const auto entries = life_->replicated.read(partition, log().place(), read_bytes);
    store_.fail(false);
    busy_ = false;
    if (!entries && entries.error() == LogFailure::unavailable) return;
    const bool followed = entries && shard().follow(*entries);
    if (followed && !entries->empty()) log().move_to(entries->back().offset + 1);
    scene_.say(name(), " has read to @", std::to_string(log().place()));
    check();
    if (!followed) stop();
}

void Node::checkpoint() {
    if (!leads()) return;
    const std::uint64_t seq = shard().admission().place().seq;
    shard().checkpoint(encode_process_place(seq), process_place_snapshot(seq), errand_time);
}

void Node::resign() {
    if (!leads() || !idle()) return;
    scene_.say(name(), " resigns");
    busy_ = true;
    shard().resign(errand_time);
    busy_ = false;
    restart(store_.size());
}

void Node::seal() {
    if (!leads() || !idle()) return;
    scene_.say(name(), " seals the log");
    Record record = blank_record(RecordKind::resign, shard().admission());
    record.body = copy_name;
    append_last(std::move(record));
    restart(store_.size());
}

void Node::append_last(Record record) {
    PartitionBatch batch{partition, {}, shard().admission().state(), {}};
    const WirePointer wire = wire_of(std::move(record));
    batch.records.push_back({{wire, &wire->record}, wire->bytes, wire->hash});
    busy_ = true;
    life_->replicated.append({&batch, 1});
    busy_ = false;
}

void Node::retire() {
    if (role_ == Role::stopped) return;
    while (log().waiting() > 0) log().time_out();
    while (!flights_.empty()) {
        const AppendOutcome outcome = outcome_of_oldest();
        const bool durable = outcome == AppendOutcome::durable;
        if (durable) shard().settle(outcome);
        if (!durable) flights_.clear();
    }
    shard().give_up(Outcome::Kind::not_leading);
    role_ = shard().halted() ? Role::stopped : Role::follower;
    for (std::size_t before = SIZE_MAX; role_ == Role::follower && place() != before;) {
        before = place();
        follow();
    }
}

// Every commit behind the place where this life began, once and in order.
void Node::hear(const Commit& commit) {
    const LogWorld& world = scene_.world;
    const std::uint64_t from = std::exchange(heard_, commit.seq + 1);
    if (!world.clean()) return;
    const Wire* const wire = world.admitted(commit.seq);
    bool right = wire && wire->errand && wire->record.command == commit.command;
    right = right && commit.seq >= from;
    for (std::uint64_t seq = from; right && seq < commit.seq; ++seq) {
        right = !world.admitted(seq)->errand;
    }
    if (!right) scene_.world.report(Violation::heard_wrong);
}

// The shard and its store tell the log's own history.
void Node::check() {
    if (shard().halted()) return;
    if (!scene_.world.clean()) return check_harmed();
    const Place place = shard().admission().place();
    const bool same = scene_.world.truth().head_after(place.seq) == place.head;
    const bool stored = store_.head_after(place.seq) == place.head;
    if (!same || !stored) scene_.world.report(Violation::readers_differ);
    checked_ = log().place();
}

// Whether a writer that had seen this has seen another history than this node: then it must halt,
// whatever it has forgotten since.
bool Node::contradicts(const Place& known) const {
    const bool within_reach = known.seq + heads_remembered > store_.seq();
    return within_reach && store_.head_after(known.seq) != known.head;
}

// Who knows a history that the log has lost must not take up the new one; passing over a late batch
// it may.
void Node::check_harmed() {
    LogWorld& world = scene_.world;
    const std::size_t end = std::min(log().place(), world.size());
    for (; checked_ < end; ++checked_) {
        const Truth& truth = world.truth(checked_);
        const Landed& landed = world.at(checked_);
        if (!landed.gone && contradicts(landed.wire->record.known)) {
            world.report(Violation::split_history);
        }
        const bool announces = landed.wire->record.kind == RecordKind::announce;
        if (truth.verdict != Verdict::admitted || announces) continue;
        if (!differ(store_, store_.seq(), world.truth(), truth.seq)) continue;
        saw_other_ = true;
        if (store_.holds(checked_)) world.report(Violation::split_history);
    }
}

}  // namespace pakashop::simulation
