#include <set>
#include <utility>

#include <fmt/format.h>

#include "api/cli/commands.hpp"
#include "api/cli/stores.hpp"
#include "events/kernel/json.hpp"
#include "events/record_index.hpp"

namespace pakashop::cli {
namespace {

constexpr std::size_t read_bytes = 4U << 20;
constexpr std::size_t hash_digits = 12;

std::string_view word_of(RecordKind kind) {
    switch (kind) {
        case RecordKind::announce:
            return "ANNOUNCE";
        case RecordKind::commit:
            return "COMMIT";
        case RecordKind::checkpoint:
            return "CHECKPOINT";
        case RecordKind::resign:
            return "RESIGN";
        case RecordKind::import:
            return "IMPORT";
    }
    return "";
}

// An empty column would shift what follows it.
std::string_view or_dash(std::string_view text) { return text.empty() ? "-" : text; }

/// A record of this log, and what is told of it: of an import the record inside.
struct Shown {
    DecodedRecord here;
    Record told;
    bool is_void = false;  ///< A replaced leader wrote it: it is no part of the history.
};

void print_lines(const Shown& shown) {
    const Record& told = shown.told;
    fmt::print(
        "{}-{}  {}  {:<10}  {}  {}  {}  {}{}\n",
        shown.here.record.partition,
        shown.here.record.seq,
        to_rfc3339(told.at),
        word_of(shown.here.record.kind),
        or_dash(told.key),
        or_dash(told.command_type),
        or_dash(told.actor.role),
        to_hex(shown.here.hash).substr(0, hash_digits),
        shown.is_void ? "  VOID" : ""
    );
    for (const RecordedEvent& event : told.events) {
        fmt::print("    {}@{}  {}  {}\n", event.stream, event.version, event.type, event.payload);
    }
}

void write_event(JsonWriter& out, const RecordedEvent& event) {
    out.begin_object().key("id").text("evt_" + to_hex(event.id)).key("stream").text(event.stream);
    out.key("version").integer(event.version).key("type").text(event.type);
    out.key("data").raw(event.payload).end_object();
}

void write_origin(JsonWriter& out, const Record& told) {
    out.key("imported").begin_object().key("generation").text(told.generation);
    out.key("partition").integer(told.partition);
    out.key("position").integer(static_cast<std::int64_t>(told.seq));
    out.key("kind").text(word_of(told.kind)).end_object();
}

// Texts of the record that came from outside may hold anything: only those that are JSON are shown
// as they are.
void print_json(const Shown& shown) {
    const Record& here = shown.here.record;
    const Record& told = shown.told;
    std::string line;
    JsonWriter out{line};
    out.begin_object().key("partition").integer(here.partition);
    out.key("position").integer(static_cast<std::int64_t>(here.seq));
    out.key("epoch").integer(static_cast<std::int64_t>(here.epoch));
    out.key("kind").text(word_of(here.kind)).key("at").text(to_rfc3339(told.at));
    out.key("key").text(told.key).key("commandId").text(to_hex(told.command));
    out.key("commandType").text(told.command_type);
    out.key("actor").begin_object().key("principal").text(told.actor.principal);
    out.key("role").text(told.actor.role).key("proof").text(told.actor.proof).end_object();
    out.key("causationId").text(told.trace.causation);
    out.key("correlationId").text(told.trace.correlation).key("events").begin_array();
    for (const RecordedEvent& event : told.events) write_event(out, event);
    out.end_array();
    if (here.kind == RecordKind::import) write_origin(out, told);
    out.key("prev").text(to_hex(here.prev)).key("hash").text(to_hex(shown.here.hash));
    if (shown.is_void) out.key("void").boolean(true);
    out.end_object();
    fmt::print("{}\n", line);
}

/// Prints what was selected, until the limit is used up.
class Shower {
public:
    Shower(LogView& view, const LogSelection& selection)
        : view_{view}, selection_{selection}, left_{selection.limit} {}

    int show() {
        const std::uint32_t partitions = view_.log().partitions();
        if (selection_.partition.value_or(0) >= partitions) return no_such_partition(partitions);
        if (!selection_.key.empty()) return show_key(partition_of(selection_.key, partitions));
        for (std::uint32_t i = 0; i < partitions && left_ > 0; ++i) {
            const auto partition = static_cast<PartitionId>(i);
            if (selection_.partition && *selection_.partition != partition) continue;
            if (const int code = show_partition(partition); code != api::exit_done) return code;
        }
        return api::exit_done;
    }

private:
    // To where the store has followed: of later records it does not know which are void.
    int show_partition(PartitionId partition) {
        const std::uint64_t end = view_.store().next_offset(partition);
        std::uint64_t offset = selection_.from;
        while (left_ > 0 && offset < end) {
            const auto entries = view_.log().read(partition, offset, read_bytes);
            if (!entries) return unreadable(partition, offset);
            if (entries->empty()) break;
            for (const LogEntry& entry : *entries) {
                if (left_ == 0 || entry.offset >= end) break;
                if (!print(entry.bytes)) return unreadable(partition, entry.offset);
            }
            offset = entries->back().offset + 1;
        }
        return api::exit_done;
    }

    // By the index: a key's records lie scattered over its partition.
    int show_key(PartitionId partition) {
        for (const std::uint64_t seq :
             view_.store().key_history(partition, selection_.key, UINT64_MAX)) {
            if (seq < selection_.from || left_ == 0) continue;
            const auto bytes = view_.store().record(partition, seq);
            if (!bytes || !print(*bytes)) return unreadable(partition, seq);
        }
        return api::exit_done;
    }

    bool print(std::string_view bytes) {
        auto here = decode_record(bytes);
        if (!here) return false;
        auto told = original_of(here->record);
        if (!told) return false;
        const bool is_void = this->is_void(here->record, bytes);
        const Shown shown{*std::move(here), *std::move(told), is_void};
        if (selection_.json) {
            print_json(shown);
        } else {
            print_lines(shown);
        }
        --left_;
        return true;
    }

    // A replaced leader's record lies in the log and is no part of the history; nor is a copy that
    // the brokers made of one that is.
    bool is_void(const Record& record, std::string_view bytes) {
        if (view_.log().exclusive()) return false;
        if (view_.store().record(record.partition, record.seq) != bytes) return true;
        return !admitted_.emplace(record.partition, record.seq).second;
    }

    static int no_such_partition(std::uint32_t partitions) {
        return report(
            {api::exit_usage, fmt::format("the log has the partitions 0 to {}", partitions - 1)}
        );
    }

    static int unreadable(PartitionId partition, std::uint64_t position) {
        return report(
            {api::exit_bad_data,
             fmt::format("partition {}, position {} cannot be read", partition, position)}
        );
    }

    LogView& view_;
    const LogSelection& selection_;
    std::uint64_t left_;
    std::set<std::pair<PartitionId, std::uint64_t>> admitted_;  ///< Admitted ones, on a shared log.
};

}  // namespace

int show_log(const LogSelection& selection) {
    const auto view = LogView::open(log_location(selection.directory));
    if (!view) return report(view.error());
    return Shower{**view, selection}.show();
}

}  // namespace pakashop::cli
