#include "adapters/postgres/cluster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/postgres/migrate.hpp"
#include "adapters/postgres/pool.hpp"

namespace pakashop::postgres {
namespace {

constexpr std::string_view beat_sql = R"sql(
    INSERT INTO cluster_nodes (node, address, decides, places, seen_at)
    VALUES ($1, $2, $3, $4::bigint[], clock_timestamp())
    ON CONFLICT (node) DO UPDATE SET address = EXCLUDED.address, decides = EXCLUDED.decides,
        places = EXCLUDED.places, seen_at = EXCLUDED.seen_at)sql";

constexpr std::string_view keep_sql = R"sql(
    UPDATE leases SET address = $2,
        held_until = clock_timestamp() + $3::bigint * interval '1 millisecond'
    WHERE node = $1)sql";

constexpr std::string_view take_sql = R"sql(
    INSERT INTO leases (name, node, address, held_until)
    SELECT name, $1, $2, clock_timestamp() + $3::bigint * interval '1 millisecond'
    FROM unnest($4::text[]) AS name ORDER BY name
    ON CONFLICT (name) DO UPDATE SET node = EXCLUDED.node, address = EXCLUDED.address,
        held_until = EXCLUDED.held_until
    WHERE leases.held_until < clock_timestamp())sql";

constexpr std::string_view leases_sql = R"sql(
    SELECT name, node, address FROM leases WHERE held_until >= clock_timestamp()
    ORDER BY name)sql";

constexpr std::string_view nodes_sql = R"sql(
    SELECT node, address, decides, array_to_string(places, ',') AS places,
        (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::bigint AS silent_ms
    FROM cluster_nodes ORDER BY node)sql";

constexpr std::size_t connections_max = 2;
constexpr int statement_timeout_ms = 2'000;

std::vector<std::uint64_t> numbers_in(std::string_view list) {
    std::vector<std::uint64_t> numbers;
    while (!list.empty()) {
        const auto comma = list.find(',');
        numbers.push_back(std::stoull(std::string{list.substr(0, comma)}));
        list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
    }
    return numbers;
}

ClusterNode node_in(const pqxx::row& row) {
    return {
        row["node"].as<std::string>(),
        row["address"].as<std::string>(),
        row["decides"].as<bool>(),
        numbers_in(row["places"].as<std::string>()),
        milliseconds(row["silent_ms"].as<std::int64_t>())
    };
}

ClusterView read_view(pqxx::transaction_base& work) {
    ClusterView view;
    for (const auto& row : execute(work, nodes_sql, {})) view.nodes.push_back(node_in(row));
    for (const auto& row : execute(work, leases_sql, {})) {
        view.leases.push_back(
            {row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>()}
        );
    }
    return view;
}

// Names of leases are plain words.
std::string array_of(const std::vector<std::string>& names) {
    return fmt::format("{{{}}}", fmt::join(names, ","));
}

}  // namespace

class Cluster::Impl {
public:
    explicit Impl(std::string at)
        : url{std::move(at)},
          pool{{url, "pakashop-cluster", statement_timeout_ms}, connections_max} {}

    /// Runs `work` without a transaction around it: each statement stands for itself.
    template <class Work>
    auto run(Work work) {
        using Out = decltype(work(std::declval<pqxx::nontransaction&>()));
        auto done = pool.with([&](pqxx::connection& connection) {
            pqxx::nontransaction statements{connection};
            return work(statements);
        });
        return done ? Result<Out, ReadFailure>{*std::move(done)}
                    : Result<Out, ReadFailure>{unexpected{failed(done.error())}};
    }

private:
    // The tables may be missing: the first node to meet a database prepares it.
    ReadFailure failed(const Failure& failure) const {
        if (failure.trouble == Trouble::refused) {
            static_cast<void>(migrate(url, migrations()));
        }
        return ReadFailure::unavailable;
    }

    const std::string url;
    ConnectionPool pool;
};

Cluster::Cluster(std::string url) : impl_{std::make_unique<Impl>(std::move(url))} {}
Cluster::~Cluster() = default;

Result<ClusterView, ReadFailure> Cluster::beat(const ClusterNode& self, Duration lease) {
    const std::string places = fmt::format("{{{}}}", fmt::join(self.places, ","));
    return impl_->run([&](pqxx::nontransaction& work) {
        execute(work, beat_sql, {self.node, self.address, self.decides, places});
        execute(work, keep_sql, {self.node, self.address, lease.ms});
        return read_view(work);
    });
}

Result<void, ReadFailure>
Cluster::take(const ClusterNode& self, const std::vector<std::string>& names, Duration lease) {
    const auto done = impl_->run([&](pqxx::nontransaction& work) {
        execute(work, take_sql, {self.node, self.address, lease.ms, array_of(names)});
        return true;
    });
    if (!done) return unexpected{done.error()};
    return {};
}

Result<void, ReadFailure>
Cluster::release(const std::string& node, const std::vector<std::string>& names) {
    const auto done = impl_->run([&](pqxx::nontransaction& work) {
        execute(
            work,
            "DELETE FROM leases WHERE node = $1 AND name = ANY($2::text[])",
            {node, array_of(names)}
        );
        return true;
    });
    if (!done) return unexpected{done.error()};
    return {};
}

void Cluster::leave(const std::string& node) {
    static_cast<void>(impl_->run([&](pqxx::nontransaction& work) {
        execute(work, "DELETE FROM leases WHERE node = $1", {node});
        execute(work, "DELETE FROM cluster_nodes WHERE node = $1", {node});
        return true;
    }));
}

Result<ClusterView, ReadFailure> Cluster::view() {
    return impl_->run([](pqxx::nontransaction& work) { return read_view(work); });
}

}  // namespace pakashop::postgres
