# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For a file whose tests share one network, which begins and ends with the file: XA and XB, unless it has a setup_file of its own.

# network_of_file STATE,STATE... [OPTION]...: as net_new, and everybody runs.
network_of_file() {
    net_new "$@"
    net_up
    export NET NET_TOP PORT
}
setup_file() { network_of_file XA,XB; }
teardown_file() { net_down; }
