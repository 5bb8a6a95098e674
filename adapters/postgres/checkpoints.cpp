#include "adapters/postgres/checkpoints.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace pakashop::postgres {
namespace {

using model::Checkpoint;
using model::CheckpointMove;
using model::Column;
using model::ColumnType;

constexpr std::array checkpoint_columns{
    Column{"partition", ColumnType::integer},
    Column{"generation", ColumnType::text},
    Column{"seq", ColumnType::integer},
    Column{"head", ColumnType::text},
    Column{"epoch", ColumnType::integer},
    Column{"node", ColumnType::text},
    Column{"resigned", ColumnType::boolean},
    Column{"sealed", ColumnType::boolean},
    Column{"next_offset", ColumnType::integer},
    Column{"last_offset", ColumnType::integer},
    Column{"last_hash", ColumnType::text},
};

constexpr std::string_view read_checkpoints_sql = R"sql(
    SELECT partition, generation, seq, head, epoch, node, resigned, sealed, next_offset,
        last_offset, last_hash
    FROM checkpoints WHERE group_name = $1 ORDER BY partition)sql";

constexpr std::string_view add_checkpoint_sql = R"sql(
    INSERT INTO checkpoints (group_name, partition, generation, seq, head, epoch, node, resigned,
        sealed, next_offset, last_offset, last_hash)
    VALUES ($1, $2, $3, 0, $4, 0, $5, false, false, 0, 0, $6)
    ON CONFLICT DO NOTHING)sql";

constexpr std::string_view move_checkpoints_sql = R"sql(
    UPDATE checkpoints c SET seq = d.seq, head = d.head, epoch = d.epoch, node = d.node,
        resigned = d.resigned, sealed = d.sealed, next_offset = d.next_offset,
        last_offset = d.last_offset, last_hash = d.last_hash, moved_at = clock_timestamp()
    FROM unnest($2::int[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],
        $8::text[], $9::boolean[], $10::boolean[], $11::bigint[], $12::bigint[], $13::text[])
        AS d(partition, old_seq, old_head, seq, head, epoch, node, resigned, sealed, next_offset,
            last_offset, last_hash)
    WHERE c.group_name = $1 AND c.partition = d.partition AND c.seq = d.old_seq
        AND c.head = d.old_head)sql";

template <class Bytes>
Bytes bytes_in(const model::Row& row, std::string_view column) {
    const auto read = from_hex(row.text(column));
    Bytes bytes{};
    if (!read || read->size() != bytes.size()) {
        throw std::invalid_argument{"a checkpoint is not readable"};
    }
    std::ranges::copy(*read, bytes.begin());
    return bytes;
}

std::uint64_t count_in(const model::Row& row, std::string_view column) {
    return static_cast<std::uint64_t>(row.integer(column));
}

Checkpoint checkpoint_in(const model::Row& row) {
    return {
        .partition = static_cast<PartitionId>(row.integer("partition")),
        .state =
            {.epoch = count_in(row, "epoch"),
             .node = bytes_in<NodeId>(row, "node"),
             .place = {count_in(row, "seq"), bytes_in<Digest>(row, "head")},
             .resigned = row.boolean("resigned"),
             .sealed = row.boolean("sealed")},
        .next_offset = count_in(row, "next_offset"),
        .last_offset = count_in(row, "last_offset"),
        .last_hash = bytes_in<Digest>(row, "last_hash")
    };
}

// An array literal of numbers, flags or hex, none of which needs escaping.
class Array {
public:
    void add(std::string_view item) {
        text_ += text_.empty() ? "{" : ",";
        text_ += item;
    }
    void add(std::uint64_t number) { add(std::to_string(number)); }
    void flag(bool value) { add(value ? "t" : "f"); }
    std::string done() const { return text_ + "}"; }

private:
    std::string text_;
};

std::vector<model::Value>
move_params(std::string_view group, std::span<const CheckpointMove> moves) {
    std::array<Array, 12> arrays;
    for (const auto& [from, to] : moves) {
        arrays[0].add(to.partition);
        arrays[1].add(from.state.place.seq);
        arrays[2].add(to_hex(from.state.place.head));
        arrays[3].add(to.state.place.seq);
        arrays[4].add(to_hex(to.state.place.head));
        arrays[5].add(to.state.epoch);
        arrays[6].add(to_hex(to.state.node));
        arrays[7].flag(to.state.resigned);
        arrays[8].flag(to.state.sealed);
        arrays[9].add(to.next_offset);
        arrays[10].add(to.last_offset);
        arrays[11].add(to_hex(to.last_hash));
    }
    std::vector<model::Value> params{std::string{group}};
    for (const Array& array : arrays) params.emplace_back(array.done());
    return params;
}

}  // namespace

std::vector<StoredCheckpoint>
read_checkpoints(pqxx::transaction_base& work, std::string_view group, bool lock) {
    const std::string sql = std::string{read_checkpoints_sql} + (lock ? " FOR UPDATE" : "");
    std::vector<StoredCheckpoint> out;
    const auto result = execute(work, sql, {std::string{group}});
    for (const model::Row& row : rows_in(result, checkpoint_columns)) {
        out.push_back({row.text("generation"), checkpoint_in(row)});
    }
    return out;
}

void add_checkpoints(
    pqxx::transaction_base& work,
    std::string_view group,
    std::string_view generation,
    std::uint32_t partitions
) {
    for (std::uint32_t i = 0; i < partitions; ++i) {
        execute(
            work,
            add_checkpoint_sql,
            {std::string{group},
             std::int64_t{i},
             std::string{generation},
             to_hex(genesis_head(generation, static_cast<PartitionId>(i))),
             to_hex(NodeId{}),
             to_hex(Digest{})}
        );
    }
}

bool move_checkpoints(
    pqxx::transaction_base& work,
    std::string_view group,
    std::span<const CheckpointMove> moves
) {
    const auto moved = execute(work, move_checkpoints_sql, move_params(group, moves));
    return moved.affected_rows() == moves.size();
}

}  // namespace pakashop::postgres
