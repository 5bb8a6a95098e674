#include "handlers/shard.hpp"

#include <algorithm>
#include <charconv>
#include <deque>

#include "handlers/policies/policies.hpp"
#include "handlers/resumed_fold.hpp"
#include "handlers/sealing.hpp"
#include "handlers/stream_loader.hpp"

namespace pakashop {
namespace {

constexpr int snapshot_every = 256;
constexpr std::size_t policy_steps_max = 256;
// What a record holds beside its payloads stays well below this.
constexpr std::size_t payload_bytes_max = record_bytes_max - 64 * 1024;

// The number behind `.v` at the end of a type.
std::uint16_t schema_in(std::string_view type) {
    const auto mark = type.rfind(".v");
    std::uint16_t number = 1;
    if (mark != std::string_view::npos) {
        std::from_chars(type.data() + mark + 2, type.data() + type.size(), number);
    }
    return number;
}

Outcome committed(std::shared_ptr<const Commit> commit, bool replayed) {
    return {Outcome::Kind::committed, std::move(commit), replayed, {}};
}

}  // namespace

Shard::Shard(
    PartitionId partition,
    Log& log,
    Store& store,
    Vault& vault,
    const NodeId& node,
    ShardOptions options,
    OnCommit on_commit
)
    : partition_{partition},
      log_{log},
      store_{store},
      vault_{vault},
      node_{node},
      options_{std::move(options)},
      on_commit_{std::move(on_commit)},
      admission_{resumed_fold(log.generation(), store, partition)},
      next_offset_{store.next_offset(partition)},
      streams_{options_.cache_bytes_max} {
    const Place place = admission_.place();
    if (place.seq == 0) return;
    const auto last = store_.record(partition_, place.seq - 1);
    const auto decoded = last ? decode_record(*last) : unexpected{RecordError::truncated};
    if (decoded) last_at_ = decoded->record.at;
}

// ---------------------------------------------------------------- commands

void Shard::submit(Command command) {
    streams_.shrink();
    const auto outcome = answer_now(command);
    if (outcome) command.reply(*outcome);
}

// Nothing when the command waits for records: then its reply went along.
std::optional<Outcome> Shard::answer_now(Command& command) {
    if (halted_) return Outcome{.kind = Outcome::Kind::halted};
    try {
        if (attach(command)) return std::nullopt;
        if (auto earlier = answer_from_history(command)) return earlier;
        return decide_and_stage(command);
    } catch (const KeysUnavailable&) {
        return Outcome{.kind = Outcome::Kind::log_unavailable};
    } catch (const CorruptStream&) {
        halt();
        return Outcome{.kind = Outcome::Kind::halted};
    }
}

// The same id under way: whatever it will come to hangs on that record.
bool Shard::attach(Command& command) {
    const auto found = under_way_.find(command.id);
    if (found == under_way_.end()) return false;
    const bool reused = found->second->record.fingerprint != command.fingerprint;
    found->second->waiting.push_back({std::move(command), true, reused});
    return true;
}

std::optional<Outcome> Shard::answer_from_history(const Command& command) {
    if (command.fresh) return std::nullopt;
    const auto seen = store_.find_command(partition_, command.id);
    if (!seen) return std::nullopt;
    if (seen->fingerprint != command.fingerprint) {
        return Outcome{.kind = Outcome::Kind::key_reused};
    }
    const auto bytes = store_.record(partition_, seen->seq);
    const auto decoded = bytes ? decode_record(*bytes) : unexpected{RecordError::truncated};
    if (!decoded) throw CorruptStream{"a committed command's record cannot be read"};
    return committed(to_commit(decoded->record, decoded->hash), true);
}

std::optional<Outcome> Shard::decide_and_stage(Command& command) {
    const Instant at = std::max(command.now, last_at_);
    auto draft = decide_all(command, at);
    if (!draft) return refuse(command, draft.error());
    if (draft->bytes > payload_bytes_max) {
        abandon(*draft);
        return Outcome{.kind = Outcome::Kind::too_large};
    }
    stage(std::move(command), *std::move(draft), at);
    return std::nullopt;
}

// The command first, then whatever the policies make of each event, until nothing follows.
Result<Shard::Draft, std::string_view> Shard::decide_all(const Command& command, Instant at) {
    Draft draft;
    std::deque<StreamCommand> open;
    const PolicyContext context{command.key, at, options_.pin_ttl()};
    std::size_t steps = 0;
    const StreamCommand* next = &command.to;
    try {
        while (next) {
            require(++steps <= policy_steps_max, "policies come to rest");
            StreamState& state = load(next->stream);
            auto decision = decide(state.state, next->command);
            if (!decision) {
                require(steps == 1, "a policy's command is never refused");
                return unexpected{decision.error()};
            }
            const std::size_t first = draft.events.size();
            apply(draft, next->stream, state, *std::move(decision), command.id);
            if (steps > 1) open.pop_front();
            for (std::size_t i = first; i < draft.events.size(); ++i) {
                auto follows = apply_policies(draft.events[i].event, context);
                std::ranges::move(follows, std::back_inserter(open));
            }
            next = open.empty() ? nullptr : &open.front();
        }
    } catch (...) {
        abandon(draft);
        throw;
    }
    return draft;
}

void Shard::apply(
    Draft& draft,
    const std::string& stream,
    StreamState& state,
    std::vector<AnyEvent> events,
    const CommandId& command
) {
    if (events.empty()) return;
    const bool known =
        std::ranges::find(draft.touched, &state, &Touched::state) != draft.touched.end();
    if (!known) draft.touched.push_back({stream, &state, state.version});
    for (AnyEvent& event : events) {
        const auto version = state.version + 1;
        const EventId id = event_id(command, static_cast<std::uint32_t>(draft.events.size()));
        seal(event, vault_, sealing_place(stream, version));
        evolve(state.state, event);
        state.version = version;
        const std::string type{type_of(event)};
        draft.recorded.push_back({id, stream, version, type, schema_in(type), encode_event(event)});
        const std::size_t bytes = draft.recorded.back().payload.size();
        streams_.grew(state, bytes);
        draft.bytes += bytes + stream.size() + type.size() + 64;
        draft.events.push_back({id, stream, version, std::move(event)});
    }
}

std::shared_ptr<Shard::Staged> Shard::blank(RecordKind kind, Instant at) {
    auto staged = std::make_shared<Staged>();
    Record& record = staged->record;
    record.generation = log_.generation();
    record.partition = partition_;
    record.epoch = admission_.epoch();
    record.node = node_;
    record.seq = staged_end();
    record.kind = kind;
    record.at = last_at_ = std::max(at, last_at_);
    return staged;
}

void Shard::stage(Command command, Draft draft, Instant at) {
    auto staged = blank(RecordKind::commit, at);
    Record& record = staged->record;
    record.key = command.key;
    record.command = command.id;
    record.fingerprint = command.fingerprint;
    record.command_type = name_of_command(command.to.command);
    record.actor = command.actor;
    record.trace = command.trace;
    record.events = std::move(draft.recorded);
    staged->commit = std::make_shared<Commit>(Commit{
        partition_,
        record.seq,
        record.key,
        record.command,
        record.command_type,
        record.actor,
        record.trace,
        record.at,
        {},
        std::move(draft.events)
    });
    take_snapshots(*staged, draft);
    pending_.add(record);
    under_way_.emplace(command.id, staged);
    staged->waiting.push_back({std::move(command)});
    staged_.push_back(std::move(staged));
}

// A large state is written again only once it has grown by half: what snapshots cost stays in
// proportion to the events, and so does reading a stream from its newest one. The one before is
// kept beside it.
void Shard::take_snapshots(Staged& staged, const Draft& draft) {
    for (const auto& [stream, state, before] : draft.touched) {
        if (state->version / snapshot_every == before / snapshot_every) continue;
        if (state->bytes < state->snapshot_bytes + state->snapshot_bytes / 2) continue;
        if (auto bytes = to_snapshot(state->state)) {
            streams_.resized(*state, bytes->size());
            if (auto previous = durable_snapshot(stream)) {
                previous->stream = previous_snapshot(stream);
                staged.snapshots.push_back(*std::move(previous));
            }
            staged.snapshots.push_back(
                {stream, state->version, staged.record.seq, *std::move(bytes)}
            );
        }
    }
}

// What cannot be read here is missed by nobody but those who will look for it.
std::optional<Snapshot> Shard::durable_snapshot(const std::string& stream) const {
    try {
        return store_.snapshot(partition_, stream);
    } catch (const CorruptStream&) {
        return std::nullopt;
    }
}

// The states may have moved on further than what will be written: they are folded anew when needed.
void Shard::abandon(const Draft& draft) {
    for (const Touched& one : draft.touched) streams_.evict(one.stream);
}

// A refusal writes nothing of its own, but it may rest on records that are not durable yet; and
// where another node might lead, on one record behind it that proves this one still does.
std::optional<Outcome> Shard::refuse(Command& command, std::string_view code) {
    if (nothing_waits() && log_.exclusive()) {
        return Outcome{.kind = Outcome::Kind::refused, .refusal = code};
    }
    if (staged_.empty() && !log_.exclusive()) {
        staged_.push_back(blank(RecordKind::checkpoint, command.now));
    }
    refusals_.push_back({staged_end(), std::move(command), code});
    return std::nullopt;
}

void Shard::checkpoint(std::string body, Snapshot snapshot, Instant now) {
    if (halted_) return;
    auto staged = blank(RecordKind::checkpoint, now);
    staged->record.body = std::move(body);
    staged->snapshots.push_back(std::move(snapshot));
    staged_.push_back(std::move(staged));
}

std::uint64_t Shard::staged_end() const {
    return admission_.place().seq + flying_ + staged_.size();
}

// ---------------------------------------------------------------- batches in flight

Shard::Flight Shard::begin_flight() {
    const std::size_t count = std::min(staged_.size(), options_.batch_records_max);
    const auto end = staged_.begin() + static_cast<std::ptrdiff_t>(count);
    Flight flight{{staged_.begin(), end}, admission_.place(), {}};
    if (flights_.empty()) flight.from = admission_.state();
    flights_.emplace_back(std::move_iterator{staged_.begin()}, std::move_iterator{end});
    flying_ += count;
    staged_.erase(staged_.begin(), end);
    return flight;
}

PartitionBatch Shard::encode(const Flight& flight) {
    PartitionBatch batch{partition_, {}, flight.from.value_or(encoded_), {}};
    batch.records.reserve(flight.staged.size());
    for (const auto& staged : flight.staged) {
        Record& record = staged->record;
        record.known = flight.known;
        record.prev = batch.after.place.head;
        // The record lives in what is staged, and is not copied.
        StagedRecord out{{staged, &record}, encode_record(record), {}};
        out.hash = staged->hash = hash_in(out.bytes);
        batch.after.place = {record.seq + 1, next_head(record.prev, out.hash)};
        batch.records.push_back(std::move(out));
        std::ranges::move(staged->snapshots, std::back_inserter(batch.snapshots));
    }
    encoded_ = batch.after;
    return batch;
}

bool Shard::settle(AppendOutcome outcome) {
    if (outcome == AppendOutcome::regressed) {
        halted_ = true;
        give_up(Outcome::Kind::halted);
        return true;
    }
    if (outcome == AppendOutcome::storage_low) {
        give_up(Outcome::Kind::storage_low);
        return true;
    }
    if (outcome == AppendOutcome::unknown) {
        if (!halted_) return false;
        give_up(Outcome::Kind::halted);
        return true;
    }
    const auto flight = std::move(flights_.front());
    flights_.pop_front();
    next_offset_ += flight.size();
    flying_ -= flight.size();
    for (const auto& staged : flight) {
        const Verdict verdict = admission_.offer(staged->record, staged->hash);
        require(verdict == Verdict::admitted, "what this leader wrote follows its own history");
        finish(*staged);
    }
    answer_refusals();
    return true;
}

void Shard::finish(Staged& staged) {
    if (!staged.commit) return;
    staged.commit->hash = staged.hash;
    pending_.remove(staged.record);
    under_way_.erase(staged.record.command);
    on_commit_(staged.commit);
    for (const Waiting& one : staged.waiting) {
        const Outcome reused{.kind = Outcome::Kind::key_reused};
        one.command.reply(one.reused ? reused : committed(staged.commit, one.replay));
    }
}

// They were refused in the order of the positions they wait for.
void Shard::answer_refusals() {
    const std::uint64_t durable = admission_.place().seq;
    const auto split = std::ranges::upper_bound(refusals_, durable, {}, &WaitingRefusal::after_seq);
    std::vector<WaitingRefusal> ready{
        std::move_iterator{refusals_.begin()}, std::move_iterator{split}
    };
    refusals_.erase(refusals_.begin(), split);
    for (const WaitingRefusal& one : ready) {
        one.command.reply({.kind = Outcome::Kind::refused, .refusal = one.code});
    }
}

void Shard::give_up(Outcome::Kind kind) {
    for (const Command& command : drop_unsettled()) command.reply({.kind = kind});
}

// The log may have batches of it right now, so those are left to `settle`.
void Shard::halt() {
    halted_ = true;
    for (const Command& command : drop_staged()) command.reply({.kind = Outcome::Kind::halted});
}

// ---------------------------------------------------------------- states

StreamState& Shard::load(const std::string& stream) {
    if (StreamState* cached = streams_.find(stream)) return *cached;
    StreamState loaded = load_stream(store_, partition_, stream);
    fold_pending(stream, loaded);
    return streams_.add(stream, std::move(loaded));
}

// The store shows whole flushes only, so what is still under way comes on top of it.
void Shard::fold_pending(const std::string& stream, StreamState& into) const {
    if (!pending_.may_hold(stream)) return;
    const auto fold = [&](const std::vector<std::shared_ptr<Staged>>& list) {
        for (const auto& staged : list) {
            if (!staged->commit) continue;
            for (const CommittedEvent& event : staged->commit->events) {
                if (event.stream != stream || event.version <= into.version) continue;
                evolve(into.state, event.event);
                into.version = event.version;
            }
        }
    };
    for (const auto& flight : flights_) fold(flight);
    fold(staged_);
}

}  // namespace pakashop
