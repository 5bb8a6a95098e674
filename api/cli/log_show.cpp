#include <fmt/format.h>

#include "api/cli/commands.hpp"
#include "api/cli/stores.hpp"
#include "events/kernel/json.hpp"

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

void print_lines(const DecodedRecord& decoded, bool is_void) {
    const Record& record = decoded.record;
    fmt::print(
        "{}-{}  {}  {:<10}  {}  {}  {}  {}{}\n",
        record.partition,
        record.seq,
        to_rfc3339(record.at),
        word_of(record.kind),
        or_dash(record.key),
        or_dash(record.command_type),
        or_dash(record.actor.role),
        to_hex(decoded.hash).substr(0, hash_digits),
        is_void ? "  VOID" : ""
    );
    for (const RecordedEvent& event : record.events) {
        fmt::print("    {}@{}  {}  {}\n", event.stream, event.version, event.type, event.payload);
    }
}

void write_event(JsonWriter& out, const RecordedEvent& event) {
    out.begin_object().key("id").text("evt_" + to_hex(event.id)).key("stream").text(event.stream);
    out.key("version").integer(event.version).key("type").text(event.type);
    out.key("data").raw(event.payload).end_object();
}

// Texts of the record that came from outside may hold anything: only those that are JSON are shown
// as they are.
void print_json(const DecodedRecord& decoded, bool is_void) {
    const Record& record = decoded.record;
    std::string line;
    JsonWriter out{line};
    out.begin_object().key("partition").integer(record.partition);
    out.key("position").integer(static_cast<std::int64_t>(record.seq));
    out.key("epoch").integer(static_cast<std::int64_t>(record.epoch));
    out.key("kind").text(word_of(record.kind)).key("at").text(to_rfc3339(record.at));
    out.key("key").text(record.key).key("commandId").text(to_hex(record.command));
    out.key("commandType").text(record.command_type);
    out.key("actor").begin_object().key("principal").text(record.actor.principal);
    out.key("role").text(record.actor.role).key("proof").text(record.actor.proof).end_object();
    out.key("causationId").text(record.trace.causation);
    out.key("correlationId").text(record.trace.correlation).key("events").begin_array();
    for (const RecordedEvent& event : record.events) write_event(out, event);
    out.end_array().key("prev").text(to_hex(record.prev));
    out.key("hash").text(to_hex(decoded.hash));
    if (is_void) out.key("void").boolean(true);
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
        const auto decoded = decode_record(bytes);
        if (!decoded) return false;
        if (selection_.json) {
            print_json(*decoded, is_void(decoded->record, bytes));
        } else {
            print_lines(*decoded, is_void(decoded->record, bytes));
        }
        --left_;
        return true;
    }

    // A replaced leader's record lies in the log and is no part of the history.
    bool is_void(const Record& record, std::string_view bytes) {
        if (view_.log().exclusive()) return false;
        return view_.store().record(record.partition, record.seq) != bytes;
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
};

}  // namespace

int show_log(const LogSelection& selection) {
    const auto view = LogView::open(log_location(selection.directory));
    if (!view) return report(view.error());
    return Shower{**view, selection}.show();
}

}  // namespace pakashop::cli
