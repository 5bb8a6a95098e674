#include <cstdlib>

#include <CLI/CLI.hpp>

#include "ops/benchmarks/bench.hpp"

using pakashop::bench::Options;

namespace {

using Measure = int (*)(const Options&);

CLI::App* add(CLI::App& app, Options& options, const char* name, const char* what, Measure run) {
    CLI::App* command = app.add_subcommand(name, what);
    command->final_callback([&options, run] { std::exit(run(options)); });
    return command;
}

CLI::App* with_data(CLI::App* command, Options& options) {
    command->add_option("--data", options.data, "Where log and keys lie.")->required();
    command->add_option("--orders", options.orders, "Lives to fill an absent log with.");
    command->add_option("--partitions", options.partitions, "Partitions of a new log.");
    return command;
}

}  // namespace

int main(int argc, char** argv) {
    namespace bench = pakashop::bench;
    Options options;
    if (const char* url = std::getenv("DATABASE_URL")) options.database_url = url;
    CLI::App app{"Measures Pakashop inside one process; prints JSON lines."};
    app.require_subcommand(1);
    auto* echo = add(app, options, "echo", "Answers 200, as fast as the server can.", bench::echo);
    echo->add_option("--listen", options.listen, "HOST:PORT")->required();
    auto* append = with_data(
        add(app, options, "append", "Commands through the shard, synced.", bench::append), options
    );
    auto* kafka = with_data(
        add(app, options, "kafka", "The same commands to a broker.", bench::kafka), options
    );
    kafka->add_option("--brokers", options.brokers, "HOST:PORT,…")->required();
    for (CLI::App* one : {append, kafka}) {
        one->add_option("--seconds", options.seconds, "How long.");
        one->add_option("--waiting", options.waiting, "Commands under way at any moment.");
    }
    with_data(add(app, options, "fill", "Whole lives of orders into a log.", bench::fill), options);
    auto* replay = with_data(
        add(app, options, "replay", "Folds every stream from the log.", bench::replay), options
    );
    replay->add_option("--threads", options.threads, "Partitions are shared between so many.");
    with_data(
        add(app, options, "rebuild", "Read models into DATABASE_URL.", bench::rebuild), options
    );
    with_data(
        add(app, options, "verify", "The chain, beside SHA-256 alone.", bench::verify), options
    );
    CLI11_PARSE(app, argc, argv);
    return 0;
}
