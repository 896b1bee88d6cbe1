"""docs/rules.md once more: every figure of the data for programs, from the facts that the same data list.

Nothing of the portal is imported here, nor Django: plain Python and exact fractions, one module a subject. Ask
`tests.oracle.faults.faults_of`.
"""
